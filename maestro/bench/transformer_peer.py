"""A training step of a Transformer as a PyTorch user would write it, on random pieces: one JSON line for each variant.

  plain      torch.nn.Transformer
  lod        every projection in two factors, one layer at one rank a step, hierarchical group lasso
  lod+full   the same with the full pass beside it
"""
import argparse
import json
import math
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Factors(nn.Module):
    def __init__(self, inputs, outputs, share):
        super().__init__()
        rank = max(1, math.ceil(share * min(inputs, outputs)))
        self.v = nn.Parameter(torch.randn(rank, inputs) / inputs**0.5)
        self.u = nn.Parameter(torch.randn(outputs, rank) / rank**0.5)
        self.bias, self.rank = nn.Parameter(torch.zeros(outputs)), None

    def forward(self, x):
        v, u = (self.v, self.u) if self.rank is None else (self.v[:self.rank], self.u[:, :self.rank])
        return F.linear(F.linear(x, v), u, self.bias)

    def lasso(self):
        def tails(w):
            return w.pow(2).sum(1).flip(0).cumsum(0).flip(0).sqrt().sum()
        return tails(self.v) + tails(self.u.T)


class Attention(nn.Module):
    def __init__(self, width, heads, dropout, share):
        super().__init__()
        self.q, self.k, self.w, self.o = (Factors(width, width, share) for _ in range(4))
        self.heads, self.dropout = heads, dropout

    def forward(self, x, memory, mask=None, causal=False):
        def split(y):
            return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        y = F.scaled_dot_product_attention(split(self.q(x)), split(self.k(memory)), split(self.w(memory)),
                                           attn_mask=mask, dropout_p=self.dropout, is_causal=causal)
        return self.o(y.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, width, heads, hidden, dropout, share, cross):
        super().__init__()
        self.attention = nn.ModuleList(Attention(width, heads, dropout, share) for _ in range(1 + cross))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 + cross))
        self.up, self.down, self.drop = Factors(width, hidden, share), Factors(hidden, width, share), nn.Dropout(dropout)

    def forward(self, x, mask, memory=None):
        own = self.attention[0](x, x, None, True) if memory is not None else self.attention[0](x, x, mask)
        x = self.norms[0](x + self.drop(own))
        if memory is not None:
            x = self.norms[1](x + self.drop(self.attention[1](x, memory, mask)))
        return self.norms[-1](x + self.drop(self.down(self.drop(F.relu(self.up(x))))))


class Translator(nn.Module):
    def __init__(self, a, factored):
        super().__init__()
        self.embedding, self.factored, self.scale = nn.Embedding(a.pieces, a.width), factored, a.width**0.5
        nn.init.normal_(self.embedding.weight, std=a.width**-0.5)
        position = torch.arange(a.length)[:, None] / 10000**(torch.arange(0, a.width, 2) / a.width)
        self.register_buffer("sines", torch.cat([position.sin(), position.cos()], 1))
        self.drop = nn.Dropout(a.dropout)
        if factored:
            shape = (a.width, a.heads, a.feed_forward, a.dropout, a.rank)
            self.encoder = nn.ModuleList(Layer(*shape, False) for _ in range(a.layers))
            self.decoder = nn.ModuleList(Layer(*shape, True) for _ in range(a.layers))
        else:
            self.net = nn.Transformer(a.width, a.heads, a.layers, a.layers, a.feed_forward, a.dropout, batch_first=True)

    def forward(self, source, target):
        x = self.drop(self.embedding(source) * self.scale + self.sines)
        y = self.drop(self.embedding(target) * self.scale + self.sines)
        if self.factored:
            mask = (source != 0)[:, None, None, :]
            for layer in self.encoder:
                x = layer(x, mask)
            for layer in self.decoder:
                y = layer(y, mask, x)
        else:
            causal = self.net.generate_square_subsequent_mask(target.shape[1], device=target.device, dtype=torch.bool)
            y = self.net(x, y, tgt_mask=causal, tgt_is_causal=True, src_key_padding_mask=source == 0,
                         tgt_key_padding_mask=target == 0, memory_key_padding_mask=source == 0)
        return F.linear(y, self.embedding.weight)


def measure(a, variant, compiled=False):
    torch.manual_seed(0)
    net = Translator(a, variant != "plain").to(a.device).train()
    draw = lambda: torch.randint(4, a.pieces, (a.batch, a.length), device=a.device)
    source, target, wanted = draw(), draw(), draw()
    run = torch.compile(net) if compiled else net
    layers = [m for m in net.modules() if isinstance(m, Factors)]
    pairs = [(m, b) for m in layers for b in range(1, len(m.v) + 1)]
    order = torch.randperm(len(pairs)).tolist()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-9, weight_decay=0)
    times = []
    for step in range(a.warmup + a.steps):
        if a.device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = 0.0
        if variant != "lod":
            loss = F.cross_entropy(run(source, target).flatten(0, 1), wanted.flatten(), label_smoothing=0.1)
        if variant != "plain":
            layer, layer.rank = pairs[order[step % len(order)]][0], pairs[order[step % len(order)]][1]
            loss = loss + F.cross_entropy(run(source, target).flatten(0, 1), wanted.flatten(), label_smoothing=0.1)
            layer.rank = None
            loss = loss + 1e-5 * sum(m.lasso() for m in layers)
        loss.backward()
        optimizer.step()
        if a.device == "cuda":
            torch.cuda.synchronize()
        if step >= a.warmup:
            times.append(1e3 * (time.perf_counter() - start))
    style = ("nn.Transformer" if variant == "plain" else "factors") + (", compiled" if compiled else "")
    print(json.dumps({"style": style, "variant": variant, "ms": statistics.median(times)}), flush=True)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"width": 512, "heads": 8, "layers": 6, "feed-forward": 2048, "pieces": 9521, "length": 64,
                          "batch": 32, "steps": 20, "warmup": 3, "threads": 2}.items():
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--dropout", type=float, default=0.1)
    p.add_argument("--rank", type=float, default=1, help="share of every layer's ranks that is kept")
    p.add_argument("--model", default="transformer")
    p.add_argument("--device", default="cpu")
    p.add_argument("--precision", choices=["float32"], default="float32")
    p.add_argument("--compile", action="store_true")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    for variant in ("plain", "lod", "lod+full"):
        measure(a, variant)
    if a.compile:
        measure(a, "plain", True)
        measure(a, "lod+full", True)
