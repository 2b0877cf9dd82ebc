package main

import (
	"fmt"
	"time"
)

// side is one of the things compared. A call is one turn: it says how many units it did and how long they took, its own
// preparations left out.
type side func() (units int, took time.Duration, err error)

// turns lets the sides take turns until the budget is used up, and gives the nanoseconds a unit of each, from the sums.
// A first turn of each warms up and does not count.
func (b *bench) turns(sides ...side) ([]float64, error) {
	units, took := make([]int, len(sides)), make([]time.Duration, len(sides))
	var began time.Time
	for round := 0; round < 4 || time.Since(began) < b.budget; round++ {
		for i, s := range sides {
			n, d, err := s()
			if err != nil {
				return nil, err
			}
			if err := b.ctx.Err(); err != nil {
				return nil, fmt.Errorf("stopped: %w", err)
			}
			if round > 0 {
				units[i] += n
				took[i] += d
			}
		}
		if round == 0 {
			began = time.Now()
		}
	}
	each := make([]float64, len(sides))
	for i := range each {
		each[i] = float64(took[i]) / float64(units[i])
	}
	return each, nil
}

// times is a side that does the same again, n times a turn.
func times(n int, f func()) side {
	return func() (int, time.Duration, error) {
		start := time.Now()
		for range n {
			f()
		}
		return n, time.Since(start), nil
	}
}
