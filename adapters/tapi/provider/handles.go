package provider

// handles makes and resolves TAPI's handles of lines or calls: the slot in the low 16 bits, from 1, and its generation above.
// A handle is never 0, and a closed one is not given again before its slot was used 65,535 times.
type handles[T any] struct {
	slots []slot[T]
	free  []uint16
}

type slot[T any] struct {
	generation uint16
	value      *T
}

// MaxHandles bounds the handles of one kind that exist at a time.
const MaxHandles = 1<<16 - 2

// add gives a new handle, 0 when there are too many.
func (h *handles[T]) add(v *T) uint32 {
	var i int
	switch {
	case len(h.free) > 0:
		i, h.free = int(h.free[0]), h.free[1:]
	case len(h.slots) >= MaxHandles:
		return 0
	default:
		i = len(h.slots)
		h.slots = append(h.slots, slot[T]{})
	}
	s := &h.slots[i]
	if s.generation++; s.generation == 0 {
		s.generation = 1
	}
	s.value = v
	return uint32(s.generation)<<16 | uint32(i+1)
}

// adopt takes over a handle that an earlier process gave; false when it is impossible or in use.
func (h *handles[T]) adopt(handle uint32, v *T) bool {
	i := int(handle&0xffff) - 1
	if i < 0 || i >= MaxHandles || handle>>16 == 0 {
		return false
	}
	for len(h.slots) <= i {
		h.free = append(h.free, uint16(len(h.slots)))
		h.slots = append(h.slots, slot[T]{})
	}
	if h.slots[i].value != nil {
		return false
	}
	for n, f := range h.free {
		if int(f) == i {
			h.free = append(h.free[:n], h.free[n+1:]...)
			break
		}
	}
	h.slots[i] = slot[T]{uint16(handle >> 16), v}
	return true
}

func (h *handles[T]) get(handle uint32) *T {
	i := int(handle&0xffff) - 1
	if i < 0 || i >= len(h.slots) || uint32(h.slots[i].generation) != handle>>16 {
		return nil
	}
	return h.slots[i].value
}

func (h *handles[T]) remove(handle uint32) {
	if h.get(handle) == nil {
		return
	}
	i := int(handle&0xffff) - 1
	h.slots[i].value = nil
	h.free = append(h.free, uint16(i))
}

func (h *handles[T]) each(f func(*T)) {
	for i := range h.slots {
		if v := h.slots[i].value; v != nil {
			f(v)
		}
	}
}
