package supervisor

import (
	"testing"
	"time"
)

// TestClocks: a message was sent as long before its arrival as it took longer than the fastest of its session did in
// the last minute, whatever the client's clock says; and never before, where nothing tells.
func TestClocks(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	date := func(seconds float64) string { return at(seconds).Format("2006-01-02T15:04:05.000Z") }
	const zoneless, theirs = "2026-01-02T03:04:05.000001", "2026-01-02T05:04:05+0200"
	type arrival struct {
		session, date string
		at            float64       // seconds
		behind        time.Duration // so long before the arrival it was sent, at the latest
	}
	const ms = time.Millisecond
	for name, arrivals := range map[string][]arrival{
		"on time":         {{"a", date(0), 0.005, 0}, {"a", date(0.1), 0.105, 0}, {"a", date(0.2), 0.204, 0}},
		"late":            {{"a", date(0), 0.005, 0}, {"a", date(0.001), 2, 1993 * ms}, {"a", date(3), 3.005, 0}},
		"the first slow":  {{"a", date(0), 0.9, 0}, {"a", date(1), 1.001, 0}, {"a", date(1), 1.101, 99 * ms}},
		"another's clock": {{"a", date(0), 0, 0}, {"b", date(-3600), 0, 0}, {"a", date(0), 0.1, 99 * ms}},
		"another, late":   {{"a", date(0), 0, 0}, {"b", date(-3600), 0, 0}, {"b", date(-3600), 0.1, 99 * ms}},
		"long ago":        {{"a", date(0), 0, 0}, {"a", date(60), 62, 0}},
		"set back":        {{"a", date(0), 0, 0}, {"a", date(-3539), 61, 0}, {"a", date(-3538), 62, 0}},
		"set forward":     {{"a", date(0), 0, 0}, {"a", date(3600), 1, 0}, {"a", date(3600), 1.5, 499 * ms}},
		"no date":         {{"a", date(0), 0, 0}, {"a", "", 2, 0}, {"a", "yesterday", 3, 0}},
		"no zone":         {{"a", zoneless, 0, 0}, {"a", zoneless, 0.5, 499 * ms}},
		"another's zone":  {{"a", date(0), 0, 0}, {"a", theirs, 0.5, 499 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			c := clocks{}
			for i, a := range arrivals {
				behind := at(a.at).Sub(c.sent(header{Session: a.session, Date: a.date}, at(a.at)))
				if behind.Round(time.Microsecond) != a.behind {
					t.Errorf("message %d was sent %v before it arrived, want %v", i+1, behind, a.behind)
				}
			}
		})
	}
	c := clocks{}
	for i := range 1000 {
		seconds := float64(i)
		c.sent(header{Session: date(seconds), Date: date(seconds)}, at(seconds))
	}
	if len(c) > 100 {
		t.Errorf("after 1000 sessions %d are remembered", len(c))
	}
}
