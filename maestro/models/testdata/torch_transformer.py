"""Makes torch_transformer.json: what PyTorch's nn.Transformer computes on weights and pieces that a formula gives.

    python torch_transformer.py > torch_transformer.json      # needs torch and numpy; torch 2.15.0 made the file beside this one

Every projection is multiplied from its factors in double precision and applied whole. Embeddings are shared with the
output, positions are sines.
"""
import json
import numpy as np, torch
from torch_forward import noise

VOCABULARY, WIDTH, HEADS, HIDDEN, LAYERS = 11, 16, 4, 24, 2
SOURCE = [[4, 5, 6, 7, 2, 0], [8, 9, 2, 0, 0, 0], [10, 4, 8, 5, 9, 2]]
TARGET = [[1, 6, 5, 4, 0], [1, 9, 10, 7, 8], [1, 4, 0, 0, 0]]


class Draw:
    def __init__(self): self.stream = 0
    def __call__(self, *shape):
        self.stream += 1
        return torch.from_numpy(noise(int(np.prod(shape)), self.stream).astype(np.float32)).double().reshape(shape)
    def dense(self, outputs, inputs):
        """A matrix [outputs, inputs] of the product of factors, and a bias."""
        r = min(outputs, inputs)
        u, v = self(outputs, r), self(inputs, r)
        return (u * np.float32(np.sqrt(3 / r))) @ (v * np.float32(np.sqrt(6 / inputs))).T, self(outputs)


def attention(draw, a):
    (k, kb), (v, vb), (q, qb), (o, ob) = (draw.dense(WIDTH, WIDTH) for _ in range(4))
    a.in_proj_weight.data, a.in_proj_bias.data = torch.cat([q, k, v]), torch.cat([qb, kb, vb])
    a.out_proj.weight.data, a.out_proj.bias.data = o, ob


def feed(draw, layer):
    layer.linear1.weight.data, layer.linear1.bias.data = draw.dense(HIDDEN, WIDTH)
    layer.linear2.weight.data, layer.linear2.bias.data = draw.dense(WIDTH, HIDDEN)


def norm(draw, n):
    n.weight.data, n.bias.data = 1 + 0.5 * draw(WIDTH), 0.25 * draw(WIDTH)


def logits(pre):
    draw = Draw()
    t = torch.nn.Transformer(WIDTH, HEADS, LAYERS, LAYERS, HIDDEN, dropout=0, batch_first=True, norm_first=pre).double().eval()
    for layer in t.encoder.layers:
        attention(draw, layer.self_attn)
        feed(draw, layer)
    for layer in t.decoder.layers:
        attention(draw, layer.self_attn)
        attention(draw, layer.multihead_attn)
        feed(draw, layer)
    table = draw(VOCABULARY, WIDTH) * 0.5
    for layer in t.encoder.layers:
        norm(draw, layer.norm1), norm(draw, layer.norm2)
    norm(draw, t.encoder.norm)
    for layer in t.decoder.layers:
        norm(draw, layer.norm1), norm(draw, layer.norm2), norm(draw, layer.norm3)
    norm(draw, t.decoder.norm)
    place, pair = np.arange(6)[:, None], np.arange(0, WIDTH, 2)[None]
    sines = np.zeros((6, WIDTH))
    sines[:, 0::2], sines[:, 1::2] = np.sin(place / 10000 ** (pair / WIDTH)), np.cos(place / 10000 ** (pair / WIDTH))
    embed = lambda ids: table[ids] * WIDTH ** 0.5 + torch.from_numpy(sines)[:ids.shape[1]]
    source, target = torch.tensor(SOURCE), torch.tensor(TARGET)
    padding, length = source == 0, target.shape[1]
    causal = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
    out = t(embed(source), embed(target), tgt_mask=causal, src_key_padding_mask=padding, memory_key_padding_mask=padding)
    return (out @ table.T).tolist()


with torch.no_grad():
    print(json.dumps({"source": SOURCE, "target": TARGET, "post": logits(False), "pre": logits(True)}))
