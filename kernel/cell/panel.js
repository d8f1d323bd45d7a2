// Tells the cell what the controls of one panel are set to. It talks to the kernel over a WebSocket of its own, as a
// "comm" of GoNB's, and hears the answers as updates of an output that shows nothing, in the metadata.
(() => {
  'use strict';
  const root = document.getElementById('PANEL_ID');
  const config = document.getElementById('jupyter-config-data');
  if (!root || !config || root.dataset.live) return; // an exported page, or a second view of the output
  root.dataset.live = 'true';
  const panel = JSON.parse(root.dataset.panel);
  const settings = JSON.parse(config.textContent);
  const controls = [...root.querySelectorAll('input, select, button:not(.maestro-done)')];
  const done = root.querySelector('.maestro-done');
  const state = root.querySelector('.maestro-state');
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join('');

  const page = random(); // this loading of the page
  const comm = 'maestro-' + random();
  let socket, closed; // and when the socket was lost
  let greeted = false; // the cell has answered
  let ended = false;
  let finishing = false; // Done was pressed
  let sent = 0; // messages are numbered; 0 greets
  let answered = -1;
  const touched = new Set(); // the controls that changed since the last message
  let scheduled = false;
  let timer, patience;

  // What the controls are set to.
  const read = c => c.type === 'checkbox' ? Number(c.checked) : c.tagName === 'SELECT' ? c.selectedIndex : Number(c.value);
  const write = (c, value) => {
    if (c.type === 'checkbox') c.checked = value !== 0;
    else if (c.tagName === 'SELECT') c.selectedIndex = value;
    else c.value = value;
    label(c);
  };
  // What a control says of its value.
  const label = c => {
    if (c.type === 'range') {
      const text = c.dataset.texts.split(' ')[c.value];
      c.setAttribute('aria-valuetext', text);
      c.nextElementSibling.value = text;
    } else if (c.dataset.on) {
      c.textContent = c.value === '1' ? c.dataset.on : c.dataset.off;
    }
  };

  const message = (type, content) => {
    const header = {msg_id: random(), msg_type: type, session: page, username: '', version: '5.3', date: new Date().toISOString()};
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({header, msg_id: header.msg_id, msg_type: type, parent_header: {}, metadata: {}, channel: 'shell', content}));
  };
  // GoNB holds one comm a kernel, and its own script takes it at some time after the start: it is opened again when that is
  // heard of, and when nothing is heard at all.
  const open = () => message('comm_open', {comm_id: comm, target_name: 'gonb_comm', kernel_id: panel.kernel, data: {}});
  const post = urgent => message('comm_msg', {comm_id: comm, data: {address: panel.address, value: JSON.stringify(
    {page, seq: sent, values: controls.map(read), done: finishing, urgent: Boolean(urgent)})}});
  const again = (after, urgent) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (ended || socket.readyState !== WebSocket.OPEN) return; // a new one sends it
      open();
      post(urgent);
      again(after, urgent);
    }, after);
  };

  const send = urgent => {
    touched.clear();
    sent++;
    post(urgent);
    again(400, urgent);
    clearTimeout(patience);
    patience = setTimeout(() => { if (answered < sent) say('computing…'); }, 250);
  };
  // At most one message an animation frame, and none while one is unanswered.
  const schedule = () => {
    if (scheduled || touched.size === 0 || answered < sent || ended) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      if (touched.size > 0 && answered === sent && !ended) send(false);
    });
  };
  const changed = c => {
    touched.add(c);
    schedule();
  };
  const say = text => { if (state.textContent !== text) state.textContent = text; };
  const enable = on => [...controls, done].forEach(c => { c.disabled = !on; });
  const end = why => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    clearTimeout(patience);
    enable(false);
    say(why);
    socket.close();
  };

  const hear = ack => {
    if (ack.page !== page) return;
    if (ack.state === 'taken') {
      end('not on this page: run the cell again');
      return;
    }
    if (!greeted) {
      greeted = true;
      enable(true);
      patience = setTimeout(() => { if (answered < 0) say('computing…'); }, 250);
    }
    if (ack.seq === sent) {
      clearTimeout(timer);
      (ack.values || []).forEach((v, i) => { if (!touched.has(controls[i])) write(controls[i], v); });
    }
    if (ack.state !== 'answered') return;
    answered = Math.max(answered, ack.seq);
    if (answered < sent) return;
    clearTimeout(patience);
    say('');
    schedule();
  };

  const base = new URL(settings.wsUrl || settings.baseUrl || '/', location.href).href.replace(/^http/, 'ws').replace(/\/?$/, '/');
  const token = settings.token ? '&token=' + encodeURIComponent(settings.token) : '';
  const receive = event => {
    if (typeof event.data !== 'string') return;
    const m = JSON.parse(event.data);
    if (m.channel !== 'iopub') return;
    const type = m.header.msg_type;
    if ((type === 'display_data' || type === 'update_display_data') && m.content.transient?.display_id === panel.acks) {
      const ack = m.content.metadata.maestro;
      if (ack) hear(JSON.parse(ack));
    } else if (type === 'comm_msg' && m.content.data?.address === '#comm_open_ack' && !m.content.comm_id.startsWith('maestro-')) {
      open();
      if (answered < sent) post(false);
    } else if (type === 'status') {
      // The cell's own end; a message to the kernel makes it busy and idle as well.
      if (m.content.execution_state === 'idle' && m.parent_header.msg_type === 'execute_request' && greeted) end('ended');
      else if (['restarting', 'dead'].includes(m.content.execution_state)) end('the kernel ended: run the cell again');
    }
  };

  const connect = () => {
    socket = new WebSocket(base + 'api/kernels/' + panel.kernel + '/channels?session_id=' + page + token);
    socket.onmessage = receive;
    socket.onopen = () => {
      closed = undefined;
      open();
      if (greeted && answered >= sent) return;
      post(false);
      again(greeted ? 400 : 250, false);
    };
    socket.onclose = () => {
      if (ended) return;
      closed ??= Date.now();
      if (!greeted || Date.now() - closed > 30000) end('disconnected: run the cell again');
      else setTimeout(connect, 1000);
    };
  };
  connect();
  setTimeout(() => { if (!greeted) end('not running: run the cell again'); }, 8000);

  // JupyterLab would take the arrow keys for moving between cells, and letters for worse.
  for (const c of [...controls, done]) c.setAttribute('data-lm-suppress-shortcuts', 'true');
  for (const c of controls) {
    if (c.tagName === 'BUTTON') {
      c.addEventListener('click', () => {
        if (c.dataset.on) {
          c.value = c.value === '1' ? '0' : '1';
          label(c);
          if (c.value === '0') { send(true); return; }
        } else {
          c.value = Number(c.value) + 1;
        }
        changed(c);
      });
    } else {
      c.addEventListener('input', () => { label(c); changed(c); });
    }
    if (c.type === 'range') {
      c.addEventListener('keydown', e => {
        const step = {PageUp: 1, PageDown: -1}[e.key];
        if (!step) return;
        e.preventDefault();
        c.value = Number(c.value) + step * Number(c.dataset.stride);
        c.dispatchEvent(new Event('input', {bubbles: true}));
      });
    }
  }
  done.addEventListener('click', () => { finishing = true; enable(false); send(true); });
})();
