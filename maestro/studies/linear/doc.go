// Package linear holds the studies of linear problems: settings in, measured data out. [SVD], [PCA] and [Ordering] each
// train one factorised map y = U Vᵀ x on a problem whose exact decomposition is known, and measure how far the learnt
// factors are from it. They follow the experiments of Horváth et al., "Maestro", ICML 2024.
//
// Each is a [Problem]: a study of one's own is another, with the measures of [Decompose], [Distances], [Importances]
// and [Deviations].
//
// A [Runner] runs several of them and compiles only once what they share, as under a slider.
package linear
