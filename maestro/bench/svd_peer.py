"""The SVD study's training loop as a PyTorch user would write it: a 9x6 map of rank 3, one sampled rank a step."""
import json
import sys
import time

import torch

steps = int(sys.argv[1])
torch.manual_seed(0)
c = torch.randn(9, 3) @ torch.randn(3, 6)
x = torch.eye(9)
y = x @ c
v = torch.nn.Parameter((2 * torch.rand(9, 6) - 1) / 9**0.5)
u = torch.nn.Parameter((2 * torch.rand(6, 6) - 1) / 6**0.5)
optimizer = torch.optim.SGD([u, v], lr=0.1)


def train(steps):
    ranks = [int(b) + 1 for _ in range(steps // 6 + 1) for b in torch.randperm(6)][:steps]
    for b in ranks:
        optimizer.zero_grad()
        loss = ((x @ v[:, :b] @ u[:, :b].T - y) ** 2).mean()
        loss.backward()
        optimizer.step()


train(50)
start = time.perf_counter()
train(steps)
print(json.dumps({"ms": 1e3 * (time.perf_counter() - start)}))
