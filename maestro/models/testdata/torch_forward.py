"""Makes torch_forward.json: what PyTorch computes with ResNet-18 and VGG-19 on weights and images that a formula gives.

    python torch_forward.py > torch_forward.json      # needs torch and numpy; torch 2.9.1 made the file beside this one

Every weight matrix is multiplied from its factors in double precision and applied whole, by PyTorch's own convolution.
"""
import json
import numpy as np, torch, torch.nn.functional as F


def noise(count, stream):
    """count numbers in [-1, 1): a 32-bit hash of each index."""
    i = np.arange(count, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(stream * 40503 + 1)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(13)
    return h.astype(np.float64) / 2**31 - 1


class Net:
    """Applies layers, each with weights of the next stream of numbers: U, V, bias; scale, offset, mean, variance."""
    def __init__(self): self.stream = 0
    def draw(self, *shape):
        self.stream += 1
        return torch.from_numpy(noise(int(np.prod(shape)), self.stream).astype(np.float32)).double().reshape(shape)
    def factors(self, outputs, inputs):
        r = min(outputs, inputs)
        u, v = self.draw(outputs, r), self.draw(inputs, r)
        return (u * np.float32(np.sqrt(3 / r))) @ (v * np.float32(np.sqrt(6 / inputs))).T
    def conv(self, x, outputs, k, stride=1, padding=0):
        c = x.shape[1]
        w = self.factors(outputs, k * k * c).reshape(outputs, k, k, c).permute(0, 3, 1, 2)
        return self.norm(F.conv2d(x, w, None, stride, padding))
    def norm(self, x):
        scale, offset, mean, variance = (self.draw(x.shape[1]) for _ in range(4))
        return F.batch_norm(x, mean * 0.25, 1 + 0.5 * variance, 1 + 0.5 * scale, 0.25 * offset, False, 0, 1e-5)
    def dense(self, x, outputs):
        w = self.factors(outputs, x.shape[1])
        return F.linear(x, w, self.draw(outputs))


def resnet18(n, x):
    x = F.relu(n.conv(x, 64, 3, 1, 1))
    for stage in range(4):
        for block in range(2):
            width, stride = 64 << stage, 2 if stage > 0 and block == 0 else 1
            y = n.conv(F.relu(n.conv(x, width, 3, stride, 1)), width, 3, 1, 1)
            x = F.relu((n.conv(x, width, 1, stride) if stride > 1 else x) + y)
    return n.dense(x.mean((2, 3)), 10)


def vgg19(n, x):
    for convs, width in (2, 64), (2, 128), (4, 256), (4, 512), (4, 512):
        for _ in range(convs):
            x = F.relu(n.conv(x, width, 3, 1, 1))
        x = F.max_pool2d(x, 2)
    return n.dense(x.flatten(1), 10)


if __name__ == "__main__":
    images = torch.from_numpy(noise(2 * 32 * 32 * 3, 999).astype(np.float32)).double().reshape(2, 32, 32, 3).permute(0, 3, 1, 2)
    print(json.dumps({f.__name__: f(Net(), images).tolist() for f in (resnet18, vgg19)}, indent=1))
