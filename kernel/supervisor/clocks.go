package supervisor

import (
	"maps"
	"time"
)

// clocks tell when requests were sent, by the dates that clients put into their headers. A client's clock may be any
// time off ours: that, and the way here, is what the message of its session that came fastest shows.
type clocks map[string]fastest

// fastest is the message that came fastest.
type fastest struct {
	arrived time.Time
	took    time.Duration // from its date, by the client's clock, to its arrival, by ours
}

const (
	// fastestAge is how long a message is compared to: a clock may have been set, or have drifted, since an older one.
	fastestAge = time.Minute
	// dateStep is how much earlier than it was sent a message may be dated: browsers leave off parts of a millisecond.
	dateStep = time.Millisecond
)

// sent is when a message that has just arrived was sent, or later by what the fastest took on its way; the arrival
// itself where nothing tells.
func (c clocks) sent(h header, arrived time.Time) time.Time {
	date, ok := readDate(h.Date)
	if !ok {
		return arrived
	}
	took := arrived.Sub(date)
	best, known := c[h.Session]
	if !known || took <= best.took || arrived.Sub(best.arrived) > fastestAge {
		maps.DeleteFunc(c, func(_ string, f fastest) bool { return arrived.Sub(f.arrived) > fastestAge })
		c[h.Session] = fastest{arrived, took}
		return arrived
	}
	return arrived.Add(best.took - took + dateStep) // from the arrival: our own clock may be set, too
}

// readDate reads the date of a header; some clients leave the zone off.
func readDate(text string) (date time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"} {
		if date, err := time.Parse(layout, text); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}
