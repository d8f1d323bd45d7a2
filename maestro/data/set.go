package data

// Set is a labelled set of images, held in memory.
type Set struct {
	Images                           []byte  // [Len, Height, Width, Channels], 0 to 255
	Labels                           []int32 // [Len], 0 to Classes-1
	Height, Width, Channels, Classes int
}

// Len is the number of examples.
func (s Set) Len() int { return len(s.Labels) }

// Image is the i-th image, [Height, Width, Channels]. It shares the set's memory.
func (s Set) Image(i int) []byte {
	size := s.Height * s.Width * s.Channels
	return s.Images[i*size : (i+1)*size : (i+1)*size]
}

// Subset copies the examples at the given indices, in their order; an index may come twice. It panics on one outside
// 0 to Len-1.
func (s Set) Subset(indices []int) Set {
	sub := s
	sub.Images = make([]byte, 0, len(indices)*s.Height*s.Width*s.Channels)
	sub.Labels = make([]int32, 0, len(indices))
	for _, i := range indices {
		sub.Images = append(sub.Images, s.Image(i)...)
		sub.Labels = append(sub.Labels, s.Labels[i])
	}
	return sub
}

// part takes a set apart into the examples at the indices left and held, each rising. Most of a set is left, and
// stays in the memory it lies in, so that both are never there twice; the set itself may not be used any more.
func (s Set) part(left, held []int) (train, validation Set) {
	validation = s.Subset(held)
	if 2*len(left) < s.Len() {
		return s.Subset(left), validation
	}
	train = s
	for to, from := range left { // from is never before to
		copy(s.Image(to), s.Image(from))
		s.Labels[to] = s.Labels[from]
	}
	train.Images = s.Images[:len(left)*s.Height*s.Width*s.Channels]
	train.Labels = s.Labels[:len(left)]
	return train, validation
}
