package state

import (
	"encoding/json"
	"os"
	"path/filepath"

	"offhook/internal/atomicfile"
)

// role is what is remembered of an account.
type role struct {
	Account    string `json:"account"`
	Supervisor bool   `json:"supervisor"`
}

// roleFile is the file of the role.
func roleFile(dir string) string { return filepath.Join(dir, "role.json") }

// Role says whether the account was a supervisor when it was last heard of.
func Role(dir, account string) (supervisor, known bool) {
	b, err := os.ReadFile(roleFile(dir))
	var r role
	if err != nil || json.Unmarshal(b, &r) != nil || r.Account != account {
		return false, false
	}
	return r.Supervisor, true
}

// KeepRole remembers the role of an account.
func KeepRole(dir, account string, supervisor bool) error {
	b, err := json.Marshal(role{account, supervisor})
	if err != nil {
		return err
	}
	return atomicfile.Write(roleFile(dir), b)
}
