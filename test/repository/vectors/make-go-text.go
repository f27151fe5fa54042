// What Go's own library writes and reads, for the tests beside this folder.
//
// Run it from this folder, and keep what it prints:
//
//	go run make-go-text.go > go-text.json && npx prettier --write go-text.json
package main

import (
	"encoding/hex"
	"encoding/json"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Written is one name (in hex), and what Go makes of it.
type Written struct {
	Bytes  string `json:"bytes"`
	Quoted string `json:"quoted"`
	// JSON of the name as a string, bytes that are not UTF-8 replaced.
	JSON string `json:"json"`
	// JSON of the quoted name: how restic writes it.
	Name string `json:"name"`
}

// Unquoted is the inside of a Go string literal, and its bytes in hex; nil where Go refuses it.
type Unquoted struct {
	Text  string  `json:"text"`
	Bytes *string `json:"bytes"`
}

// Instant is a time as text, and as seconds and nanoseconds since 1970; nil where Go refuses it.
type Instant struct {
	Text    string  `json:"text"`
	Instant []int64 `json:"instant"`
}

var names = []string{
	"", " ", "plain", "a b", "a\"b", "a\\b", "tab\tnewline\nreturn\r", "\a\b\f\v", "\x00\x01\x1f\x7f",
	"\x80", "\xff\xfe", "é", "日本語", "emoji 🐚", "\U000e0001", "\u00ad", "\u00a0", "\u200b", "\u2028\u2029",
	"\ufeff", "\ufffd", "\ufffe", "<script>&amp;</script>", "\xc3", "\xc3\x28", "\xe2\x82", "\xe2\x28\xa1",
	"\xf0\x9f\x90", "\xf0\x28\x8c\xbc", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xc0\xaf", "\xe0\x80\xaf",
	"\xf8\x88\x80\x80\x80", "\U0010ffff", "\u0085", "e\u0301", "\u0378", "valid é then \xe9 then é", "`'$%",
}

var literals = []string{
	"", "plain", `\n\t\\\"`, `\'`, `'`, `"`, "\n", "\r", `\`, `\q`, `\x4`, `\x41`, `\xff\xfe`, `\xFF`, `\101`, `\377`,
	`\400`, `\08`, `\u00e9`, `\u12`, `\ud800`, `\U0001f41a`, `\U00110000`, `\U0000d800`, `\a\b\f\v\r`, "é\\xe9", `\0`, `\000`,
}

// Without what Go takes by an oversight of its own: a comma, an hour of one digit, a zone of 24 hours.
var times = []string{
	"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000001Z", "1969-12-31T23:59:59.999999999Z",
	"2024-02-29T12:00:00+05:30", "2023-02-29T12:00:00Z", "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z",
	"2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-04-31T00:00:00Z", "2024-01-01T24:00:00Z",
	"2024-01-01T23:60:00Z", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00+23:59",
	"2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00", "2024-01-01T00:00:00z",
	"2024-01-01t00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00.Z",
	"2024-01-01T00:00:00.5Z", "2024-01-01T00:00:00.123456789-11:30", "2024-01-01T00:00:00+0100", "24-01-01T00:00:00Z",
	"2024-1-01T00:00:00Z", "02024-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
	"9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1900-02-29T00:00:00Z",
	"2000-02-29T00:00:00Z", "-001-01-01T00:00:00Z", "2024-01-01T00:00:00 Z", "2024-01-01T00:00Z", "2024-01-01", "", "Z",
	"2024-01-01T00:00:00Z ", "2024-01-01T00:00:00+01:00Z", "2024-01-01T00:00:00.5+01:0",
}

func main() {
	random := rand.New(rand.NewSource(1))
	for range 100 {
		names = append(names, randomName(random))
	}
	for range 60 {
		literals = append(literals, randomLiteral(random))
	}
	var written []Written
	for _, name := range names {
		written = append(written, write(name))
	}
	var unquoted []Unquoted
	for _, literal := range literals {
		unquoted = append(unquoted, unquote(literal))
	}
	var parsed []Instant
	for _, text := range times {
		parsed = append(parsed, parse(text))
	}
	var formatted []Instant
	for range 100 {
		formatted = append(formatted, randomInstant(random))
	}
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	if err := output.Encode(map[string]any{
		"unicode":   unicode.Version,
		"written":   written,
		"unquoted":  unquoted,
		"parsed":    parsed,
		"formatted": formatted,
		"printable": runs(strconv.IsPrint),
		"assigned":  runs(isAssigned),
	}); err != nil {
		panic(err)
	}
}

func write(name string) Written {
	quoted := strconv.Quote(name)
	inside := quoted[1 : len(quoted)-1]
	return Written{hex.EncodeToString([]byte(name)), inside, toJSON(name), toJSON(inside)}
}

func unquote(literal string) Unquoted {
	value, err := strconv.Unquote(`"` + literal + `"`)
	if err != nil {
		return Unquoted{literal, nil}
	}
	bytes := hex.EncodeToString([]byte(value))
	return Unquoted{literal, &bytes}
}

func parse(text string) Instant {
	var parsed time.Time
	if err := json.Unmarshal([]byte(toJSON(text)), &parsed); err != nil {
		return Instant{text, nil}
	}
	return Instant{text, []int64{parsed.Unix(), int64(parsed.Nanosecond())}}
}

func randomInstant(random *rand.Rand) Instant {
	first, last := int64(-62167219200), int64(253402300799)
	seconds := first + random.Int63n(last-first+1)
	nanoseconds := random.Int63n(1e9)
	for range random.Intn(10) {
		nanoseconds -= nanoseconds % [...]int64{10, 100, 1000, 1e6, 1e9}[random.Intn(5)]
	}
	return Instant{time.Unix(seconds, nanoseconds).UTC().Format(time.RFC3339Nano), []int64{seconds, nanoseconds}}
}

func randomName(random *rand.Rand) string {
	var name strings.Builder
	for range 1 + random.Intn(12) {
		switch random.Intn(4) {
		case 0:
			name.WriteByte(byte(random.Intn(256)))
		case 1:
			name.WriteRune(rune(random.Intn(0x250)))
		case 2:
			name.WriteRune(assignedRune(random))
		default:
			name.WriteByte(byte(32 + random.Intn(95)))
		}
	}
	return name.String()
}

// assignedRune leaves out what a later Unicode may assign: programs of different age differ there.
func assignedRune(random *rand.Rand) rune {
	for {
		if r := rune(random.Intn(0x20000)); isAssigned(r) {
			return r
		}
	}
}

func randomLiteral(random *rand.Rand) string {
	const alphabet = `\\\\\xuU01234567abfnrtvé"'`
	runes := []rune(alphabet)
	var literal strings.Builder
	for range 1 + random.Intn(8) {
		literal.WriteRune(runes[random.Intn(len(runes))])
	}
	return literal.String()
}

func toJSON(text string) string {
	bytes, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(bytes)
}

func isAssigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z,
		unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs)
}

// runs gives where a property begins and ends to hold, in turn, from U+0000 on.
func runs(holds func(rune) bool) []rune {
	var edges []rune
	for r, before := rune(0), false; r <= unicode.MaxRune; r++ {
		if holds(r) != before {
			edges = append(edges, r)
			before = !before
		}
	}
	return edges
}
