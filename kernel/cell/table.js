id => {
  const table = document.getElementById(id);
  if (!table) return;
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, i) => row.cells[i].textContent.trim();
  const sort = i => {
    const down = heads[i].getAttribute('aria-sort') === 'ascending';
    heads.forEach(h => h.removeAttribute('aria-sort'));
    heads[i].setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => {
      const x = value(a, i), y = value(b, i);
      if (x === '' || y === '') return (x === '') - (y === ''); // what is not known stays last
      const order = isNaN(x) || isNaN(y) ? x.localeCompare(y, undefined, {numeric: true}) : x - y;
      return down ? -order : order;
    });
    table.tBodies[0].append(...rows);
  };
  heads.forEach((h, i) => {
    h.tabIndex = 0;
    h.style.cursor = 'pointer';
    h.title = 'sort by this column';
    h.onclick = () => sort(i);
    h.onkeydown = e => { if (e.key === 'Enter') sort(i); };
  });
}
