package lod

// multiplyFirst says whether a layer takes less time when its factors are multiplied into one matrix, U Vᵀ, before that is
// applied. Applied one after the other they take rank·(outputs + inputs) multiply-adds each time, the product
// outputs·inputs, but making it outputs·inputs·rank once; the backward pass takes twice as much of either. The early
// convolutions, which are applied at many positions, are the case. The result and the gradients are the same. handing is
// what handing one number of the result in between over is worth, in multiply-adds.
func multiplyFirst(applications, outputs, inputs, rank, handing int) bool {
	apart, product := rank*(outputs+inputs+handing), outputs*inputs
	return applications*(apart-product) > rank*product
}
