package plots

// stepped is a line through points of rising x that keeps each value until the next one.
func stepped(x, y []float64) (atX, atY []float64) {
	for i := range x {
		if i > 0 {
			atX, atY = append(atX, x[i]), append(atY, y[i-1])
		}
		atX, atY = append(atX, x[i]), append(atY, y[i])
	}
	return atX, atY
}
