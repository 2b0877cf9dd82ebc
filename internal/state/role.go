package state

import (
	"encoding/json"
	"os"
	"path/filepath"

	"offhook/internal/atomicfile"
)

// role is the content of the file.
type role struct {
	Account    string `json:"account"`
	Supervisor bool   `json:"supervisor"`
}

// roleFile returns the name of the file.
func roleFile(dir string) string { return filepath.Join(dir, "role.json") }

// Role returns the role that the PBX gave the account last; known is false if that was another account, or none.
func Role(dir, account string) (supervisor, known bool) {
	b, err := os.ReadFile(roleFile(dir))
	var r role
	if err != nil || json.Unmarshal(b, &r) != nil || r.Account != account {
		return false, false
	}
	return r.Supervisor, true
}

// KeepRole stores the role of an account.
func KeepRole(dir, account string, supervisor bool) error {
	b, err := json.Marshal(role{account, supervisor})
	if err != nil {
		return err
	}
	return atomicfile.Write(roleFile(dir), b)
}
