package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"offhook/internal/settings"
)

// settingsFlags are the flags of the settings, made from the schema table. Kong only collects their texts; package
// settings reads them, together with variables and the settings file.
type settingsFlags struct {
	kong.Plugins `json:"-"`
	given        []settings.Given // in the order of the command line
}

// The kong types of the flags of settings.
const (
	settingType = "setting"
	switchType  = "switch" // a setting that needs no value
)

// add makes the flags: one a row, and a hidden one for each old spelling.
func (f *settingsFlags) add() {
	var fields []reflect.StructField
	for i := range schema.Rows {
		row := &schema.Rows[i]
		for n, spelling := range append([]string{row.Key}, row.Old...) {
			field := reflect.StructField{Name: fmt.Sprintf("F%d_%d", i, n), Type: reflect.TypeFor[string](), Tag: flagTag(row, spelling)}
			if row.Kind == settings.KindSwitch {
				field.Type = reflect.TypeFor[bool]()
			}
			fields = append(fields, field)
		}
	}
	f.Plugins = kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}
}

// flagTag is kong's description of a flag. Kong reads no variable for it; the help names the variable.
func flagTag(row *settings.Row, spelling string) reflect.StructTag {
	var b strings.Builder
	put := func(key, value string) { fmt.Fprintf(&b, "%s:%s ", key, strconv.Quote(value)) }
	put("name", spelling)
	put("env", "-")
	put("group", row.Group+":")
	if row.Kind == settings.KindSwitch {
		put("type", switchType)
	} else {
		put("type", settingType)
	}
	if spelling != row.Key {
		put("hidden", "")
		return reflect.StructTag(b.String())
	}
	put("help", flagHelp(row))
	if placeholder := row.Placeholder; placeholder != "" {
		put("placeholder", placeholder)
	} else if row.Kind != settings.KindSwitch {
		put("placeholder", row.Default)
	}
	return reflect.StructTag(b.String())
}

// flagHelp is the row's text with what holds where nothing is set, and the variable.
func flagHelp(row *settings.Row) string {
	usual := ""
	if row.Unset != "" && row.Unset != "none" && row.Unset != "needed" && !strings.Contains(row.Unset, "](") {
		usual = "default: " + strings.ReplaceAll(row.Unset, "`", "") + "; "
	}
	return strings.TrimSuffix(row.Doc, ".") + " (" + usual + "$" + settings.Variable(row.Key) + ")."
}

// mappers let kong hand the flags' texts over as they are.
func (f *settingsFlags) mappers() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		if err := kong.NamedMapper(settingType, kong.MapperFunc(f.text)).Apply(k); err != nil {
			return err
		}
		return kong.NamedMapper(switchType, switchMapper{f}).Apply(k)
	})
}

func (f *settingsFlags) text(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("text", &text); err != nil {
		return err
	}
	target.SetString(text)
	f.given = append(f.given, settings.Given{Spelling: ctx.Value.Name, Text: text})
	return nil
}

// switchMapper takes a flag that needs no value: --watch, --watch=false.
type switchMapper struct{ flags *settingsFlags }

// IsBool lets kong take the flag without a value.
func (switchMapper) IsBool() bool { return true }

// Decode takes the flag.
func (m switchMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	text := "true"
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		text = fmt.Sprint(ctx.Scan.Pop().Value)
	}
	target.SetBool(text == "true")
	m.flags.given = append(m.flags.given, settings.Given{Spelling: ctx.Value.Name, Text: text})
	return nil
}
