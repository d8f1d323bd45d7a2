"""Opens exported files as their users do: checks the ONNX model's structure, runs it, and says what the files hold.

check.py DIR reads DIR/model.onnx, DIR/model.safetensors and DIR/inputs.safetensors. It writes the model's output for each
tensor of inputs into DIR/outputs.safetensors, and prints JSON. A model of several inputs takes one of the first axis' parts
for each, NAME:INPUT in place of NAME; numbers become the type that the model takes.
"""
import collections
import json
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

folder = sys.argv[1]
model = onnx.load(folder + "/model.onnx")
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=["CPUExecutionProvider"])
outputs = {}
types = {"tensor(float)": np.float32, "tensor(int32)": np.int32}
feeds = collections.defaultdict(dict)
for name, x in load_file(folder + "/inputs.safetensors").items():
    name, _, port = name.partition(":")
    port = next(i for i in session.get_inputs() if i.name == (port or "image"))
    feeds[name][port.name] = x.astype(types[port.type])
for name, feed in feeds.items():
    outputs[name] = session.run(["logits"], feed)[0].astype(np.float32)
save_file(outputs, folder + "/outputs.safetensors")


def shape(info):
    return [d.dim_param or d.dim_value for d in info.type.tensor_type.shape.dim]


graph = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
with safe_open(folder + "/model.safetensors", framework="np") as f:
    tensors, metadata = {name: f.get_tensor(name) for name in f.keys()}, f.metadata()

flattened = {l["name"]: l["flattened"] for l in json.loads(metadata["layers"]) if "flattened" in l}

# Weights of the same name hold the same numbers in both files, in the order of axes of each.
differ = []
onnx_names = {
    "u.weight": "u", "v.weight": "v", "u.bias": "bias", "weight": "matrix", "bias": "bias",
}
norm_names = {"weight": "scale", "bias": "offset", "running_mean": "mean", "running_var": "variance"}
for name, t in tensors.items():
    layer, rest = name.split(".", 1)
    norm = layer + "/scale" in graph
    other = graph.get(layer + "/table") if layer + "/table" in graph else graph.get(layer + "/" + (norm_names if norm else onnx_names)[rest])
    if other is None:
        differ.append(name + " is missing")
        continue
    other = np.squeeze(other)
    squeezed = np.squeeze(t)
    if layer in flattened and rest in ("v.weight", "weight"):  # ONNX has row, column, channel
        h, w, c = flattened[layer]
        squeezed = np.squeeze(t.reshape(-1, c, h, w).transpose(0, 2, 3, 1).reshape(t.shape))
    # Dense maps are [inputs, outputs] in ONNX; convolutions are alike.
    if not any(np.array_equal(o, squeezed) for o in (other, other.T)):
        differ.append(name)

print(json.dumps({
    "input": shape(model.graph.input[0]), "output": shape(model.graph.output[0]),
    "opset": model.opset_import[0].version,
    "no_kernel": [n.name for n in model.graph.node if n.op_type in ("Conv", "MaxPool") and all(a.name != "kernel_shape" for a in n.attribute)],
    "ops": collections.Counter(n.op_type for n in model.graph.node),
    "initializers": {name: list(a.shape) for name, a in graph.items()},
    "metadata": {p.key: p.value for p in model.metadata_props},
    "tensors": {name: list(t.shape) for name, t in tensors.items()},
    "tensor_metadata": metadata, "differ": differ,
}))
