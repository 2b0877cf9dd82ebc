package engine

import "strconv"

// commandPrefix begins the ids of commands. The session's own begin with "oh-s-", so that they are no digits.
const commandPrefix = "oh-"

// commandID is the id of a session's n-th command that gets a reply (decision A3). The dialect writes it in its own way.
func commandID(n uint32) string { return commandPrefix + strconv.FormatUint(uint64(n), 10) }

// isCommandID says whether an id is one that the engine gave, also when it no longer waits for a reply.
func isCommandID(id string) bool {
	n := len(commandPrefix)
	return len(id) > n && id[:n] == commandPrefix && id[n] >= '0' && id[n] <= '9'
}
