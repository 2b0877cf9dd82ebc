package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
)

// storedImage describes one saved engine image: chunks in messages with consecutive stream sequences. All of this stands
// in the messages' subjects, offhook.NAME.snapshots.EVENT.FIRST.COUNT.CHUNK, so that the stream's list of subjects shows
// which images are complete and what an interrupted save or removal left.
type storedImage struct {
	seq        uint64 // the last event that the image's state contains
	firstChunk uint64 // stream sequence of its first chunk, which also tells two saves at one event apart
	chunks     uint64 // count of its chunks
	present    uint64 // how many chunks the stream holds
}

func (r storedImage) complete() bool   { return r.present == r.chunks }
func (r storedImage) endChunk() uint64 { return r.firstChunk + r.chunks }

func (c Config) imageStreamName() string { return "OFFHOOK-SNAPSHOTS_" + c.Name } // the hyphen keeps it apart from the event stream of a journal named SNAPSHOTS_…
func (c Config) imagePrefix() string     { return "offhook." + c.Name + ".snapshots." }

// allChunksSubject returns the subject that matches all chunks of an image, chunkSubject the one of chunk i.
func (c Config) allChunksSubject(r storedImage) string { return c.chunkPrefix(r) + "*" }
func (c Config) chunkSubject(r storedImage, i uint64) string {
	return c.chunkPrefix(r) + strconv.FormatUint(i, 10)
}
func (c Config) chunkPrefix(r storedImage) string {
	return fmt.Sprintf("%s%d.%d.%d.", c.imagePrefix(), r.seq, r.firstChunk, r.chunks)
}

// parseChunkSubject reads a chunk's subject; present stays 0.
func (c Config) parseChunkSubject(subject string) (storedImage, bool) {
	rest, ok := strings.CutPrefix(subject, c.imagePrefix())
	words := strings.Split(rest, ".")
	if !ok || len(words) != 4 {
		return storedImage{}, false
	}
	var v [4]uint64
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 63) // so that sums of two stay in range
		if err != nil {
			return storedImage{}, false
		}
		v[i] = n
	}
	r := storedImage{seq: v[0], firstChunk: v[1], chunks: v[2]}
	return r, r.firstChunk > 0 && v[3] < r.chunks && c.chunkSubject(r, v[3]) == subject
}

// imageList is what the stream of engine images holds at one moment.
type imageList struct {
	stream jetstream.Stream
	last   uint64        // newest stream sequence
	images []storedImage // newest event first, and of two at one event the later save first
}

// imageList makes the stream if there is none and lists its images as the stream's leader knows them.
func (l *link) imageList(ctx context.Context, c Config) (imageList, error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	s, err := l.ensureImageStream(ctx, c)
	if err != nil {
		return imageList{}, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(c.imagePrefix()+">"))
	if err != nil {
		return imageList{}, fmt.Errorf("%w: engine images in %s: %w", ErrUnavailable, c.imageStreamName(), err)
	}
	return imageList{s, info.State.LastSeq, c.listImages(info.State.Subjects)}, nil
}

// listImages counts the chunks of each image. A subject with two messages is not counted: no save writes that.
func (c Config) listImages(subjects map[string]uint64) []storedImage {
	found := map[storedImage]uint64{}
	for subject, n := range subjects {
		if r, ok := c.parseChunkSubject(subject); ok {
			if n > 1 {
				n = 0
			}
			found[r] += n
		}
	}
	all := make([]storedImage, 0, len(found))
	for r, n := range found {
		r.present = n
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b storedImage) int {
		return cmp.Or(cmp.Compare(b.seq, a.seq), cmp.Compare(b.firstChunk, a.firstChunk), cmp.Compare(a.chunks, b.chunks))
	})
	return all
}

func (s imageList) holdsComplete(r storedImage) bool { return slices.Contains(s.images, r) }

// keepAndRemove splits the list into the two newest complete images of a journal that ends at event last, and the rest.
func (s imageList) keepAndRemove(last uint64) (keep, rest []storedImage) {
	for _, r := range s.images {
		again := len(keep) > 0 && keep[len(keep)-1].seq == r.seq
		if r.complete() && r.seq <= last && !again && len(keep) < keptImages {
			keep = append(keep, r)
		} else {
			rest = append(rest, r)
		}
	}
	return keep, rest
}

// remove removes the chunks of images, by their subjects.
func (s imageList) remove(ctx context.Context, c Config, all []storedImage) error {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	for _, r := range all {
		if err := s.stream.Purge(ctx, jetstream.WithPurgeSubject(c.allChunksSubject(r))); err != nil {
			return fmt.Errorf("%w: removing the engine image at %d: %w", ErrUnavailable, r.seq, err)
		}
	}
	return nil
}

// ensureImageStream finds the stream of engine images, makes it if there is none, and sets its limits.
func (l *link) ensureImageStream(ctx context.Context, c Config) (jetstream.Stream, error) {
	want := jetstream.StreamConfig{Name: c.imageStreamName(), Description: "offhook snapshots", Subjects: []string{c.imagePrefix() + ">"},
		Storage: jetstream.FileStorage, Replicas: c.Replicas, Discard: jetstream.DiscardNew, MaxBytes: c.MaxImages, AllowDirect: true}
	s, err := l.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another program was quicker
			s, err = l.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: engine images in %s: %w", ErrUnavailable, want.Name, err)
	}
	have := s.CachedInfo().Config
	if !slices.Equal(have.Subjects, want.Subjects) {
		return nil, fmt.Errorf("%w: stream %s does not hold engine images of offhook: choose another Name", events.ErrCorrupt, want.Name)
	}
	if have.MaxBytes == want.MaxBytes && have.Discard == want.Discard && have.AllowDirect {
		return s, nil
	}
	have.MaxBytes, have.Discard, have.AllowDirect = want.MaxBytes, want.Discard, true
	if s, err = l.js.UpdateStream(ctx, have); err != nil {
		return nil, fmt.Errorf("%w: cannot set the limits of stream %s: %w", ErrUnavailable, want.Name, err)
	}
	return s, nil
}
