// Package lod is the mechanism of Maestro: low-rank ordered decomposition.
//
// A linear map of shape (m outputs × n inputs) is kept as W = U Vᵀ with U: m×r and V: n×r. Column b of both
// factors is rank b. Training samples a rank b and runs the map truncated to its first b columns, so the columns
// learn to be ordered by importance; a group lasso pushes the last ones to zero, where they can be cut away
// (Horváth et al., "Maestro: Uncovering Low-Rank Structures via Trainable Decomposition", ICML 2024).
//
// Everything that builds a graph follows GoMLX's habit: it panics on a mistake, and the executor that compiles the
// graph turns the panic into an error.
package lod
