package main

import (
	"fmt"
	"time"
)

// side is one of the things that a row compares. A call is one turn: it returns how many units it did and how long they
// took, without its setup.
type side func() (units int, took time.Duration, err error)

// alternate runs turns of the sides one after the other until the budget is used up, and returns the mean nanoseconds per
// unit of each side. The first turn of each side is not counted.
func (b *bench) alternate(sides ...side) ([]float64, error) {
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

// repeat returns a side that calls f n times a turn.
func repeat(n int, f func()) side {
	return func() (int, time.Duration, error) {
		start := time.Now()
		for range n {
			f()
		}
		return n, time.Since(start), nil
	}
}
