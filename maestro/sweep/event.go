package sweep

// Event is what a worker tells while it works, a line of JSON each.
type Event struct {
	Trial     string  `json:"trial"`
	State     State   `json:"state"`
	Attempt   int     `json:"attempt,omitempty"` // with the first event of one, and with the last
	Reason    string  `json:"reason,omitempty"`
	Epoch     int     `json:"epoch,omitempty"` // that goes on, from 1
	Epochs    int     `json:"epochs,omitempty"`
	Step      int     `json:"step,omitempty"` // of the whole run
	Steps     int     `json:"steps,omitempty"`
	Accuracy  float64 `json:"accuracy,omitempty"` // on the validation split, after the epoch before
	TotalRank int     `json:"total_rank,omitempty"`
}
