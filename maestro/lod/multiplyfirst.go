package lod

// multiplyFirst reports whether a layer takes less time when its factors are multiplied into one matrix, U Vᵀ, before
// that is applied. Factors applied one after the other take rank·(outputs + inputs + handover) multiply-adds for each
// application, where handover is what passing one number in between is worth; the matrix takes outputs·inputs, and
// making it outputs·inputs·rank once. The backward pass takes twice as much of either. Early convolutions, which are
// applied at many positions, gain. The result and the gradients are the same.
func multiplyFirst(applications, outputs, inputs, rank, handover int) bool {
	unfused, product := rank*(outputs+inputs+handover), outputs*inputs
	return applications*(unfused-product) > rank*product
}
