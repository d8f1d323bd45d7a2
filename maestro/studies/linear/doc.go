// Package linear holds the studies of linear problems: settings in, measured data out. [SVD], [PCA] and [Ordering] each
// train one factorised map y = U Vᵀ x on a problem whose exact decomposition is known, and measure how far the learnt
// factors are from it. They follow the experiments of Horváth et al., "Maestro", ICML 2024.
//
// A [Runner] runs several of them and compiles only once what they share, as under a slider.
package linear
