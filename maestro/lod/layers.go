package lod

import "github.com/maestro-lod/notebook/maestro/lod/layer"

// Layer describes one factorised layer of a model.
type Layer = layer.Layer

// Cost is what a layer, or a model, takes.
type Cost = layer.Cost
