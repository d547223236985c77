// Prints what Go's regexp makes of random expressions: one JSON array a line, the expression and, if it is accepted,
// pairs of a text and of the template below for its first match, null where there is none. Texts are bytes as letters
// of Latin-1.
//
//	go run expressions.go SEED COUNT
package main

import (
	"bufio"
	"encoding/json"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"strings"
)

const template = "$0;$1;${2}x;$2x;$n;$é;$$1;$;$01;${1"

// Expressions that have been misread before.
var known = []string{
	`[\w-.]+`, `\Qb.c\E`, `b{,2}`, `b{2`, `{b`, `dot\..`, `(.{3})`, `(?i)É`, `[a&&b]`, `[[a]]`, `\<`, `b++`, `a**`,
	`x{1001}`, `[b--c]`, `(a{100}){10}`, `(a{100}){11}`, `a(?i)*`, `a*(?i)*`, `\Qab\E+`, `a\Q\E*`, `(|a)*`, `(a*)+`,
	`(?i)\w`, `(?i)[^k]`, `(?i)\W`, `\pN`, `\p{^Greek}`, `\P{Lu}`, `(?i)\P{Lu}`, `\p{Grek}`, `\p{any}`, `\x{10ffff}`,
	`\x{110000}`, `\8`, `\1`, `\12`, `\08`, `(?P<n>a)|(?P<n>b)`, `(?<n>a)`, `(?P<é>a)`, `(?`, `(?i`, `(?-)`, `(?i-s:.)`,
	`[]a]`, `[^]a]`, `[a-]`, `[-a]`, `[a-\d]`, `[\d-a]`, `[[:word:]]`, `[[:^alpha:]]`, `[[:wrong:]]`, `[[:a]`, `[\b]`,
	`\_`, `\é`, `\C`, `\Z`, `a|*`, `^*`, `(?m)^b$`, `\b.\B`, `.{1,3}?`, `(?U)a+?`, `(?s).`, `a{0}`, `(a){0}b`, `a{2,1}`,
	`a{01}`, `a{1,}`, `\xe9`, `\x{fffd}`, `[^a]`, `\x{d800}`, `()`, `|`, `a|b|`, ``, `)`, `(`, `\`, `[`, `a{1}{2}`,
}

var pieces = []string{
	"a", "b", "é", ".", "_", "-", "K", "ſ", "\\.", "\\w", "\\W", "\\d", "\\s", "\\S", "\\b", "\\B", "\\pL", "\\PN",
	"\\p{Greek}", "\\p{^Lu}", "\\p{Ll}", "\\x41", "\\x{3b1}", "\\101", "\\Q.a\\E", "\\Qb", "\\E", "[ab]", "[^a]",
	"[a-c]", "[\\w-.]", "[[:alpha:]]", "[^[:digit:]-]", "[é-ü]", "[]", "[^]]", "[a&&b]", "[\\d\\pL]", "[", "]", "(", "(",
	"(?:", "(?i:", "(?P<n>", "(?<n>", "(?i)", "(?s)", "(?m)", "(?U)", "(?-i)", "(?x)", ")", ")", ")", "|", "^", "$",
	"*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{,2}", "{0}", "{2,}?", "{", "}", "\\A", "\\z", "\\",
	"\\n", "\\-", "\\é", "/", " ", "ab.cd", "job", "\\d+", "(\\w+)", "([^.]*)", "(.*)",
}

var letters = []string{"a", "b", "c", "A", "K", "k", "\u212a", "é", "É", "ü", "α", "Σ", ".", "-", "_", "1", " ", "\n",
	"\xff", "\xe9", "\xe6\xb8", "\ufffd", "s", "ſ", "job", "&", "[", "<"}

func main() {
	seed, _ := strconv.ParseInt(os.Args[1], 10, 64)
	count, _ := strconv.Atoi(os.Args[2])
	random := rand.New(rand.NewSource(seed))
	pick := func(from []string, most int) string {
		var text strings.Builder
		for range random.Intn(most + 1) {
			text.WriteString(from[random.Intn(len(from))])
		}
		return text.String()
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for number := range count {
		expression := pick(pieces, 6)
		if number < len(known) {
			expression = known[number]
		} else if random.Intn(2) == 0 {
			expression = "^" + expression + "$"
		}
		line := []any{latin1(expression)}
		if compiled, err := regexp.Compile(expression); err == nil {
			for range 5 {
				text := pick(letters, 5)
				var result any
				if match := compiled.FindStringSubmatchIndex(text); match != nil {
					result = latin1(string(compiled.ExpandString(nil, template, text, match)))
				}
				line = append(line, latin1(text), result)
			}
		}
		if err := encoder.Encode(line); err != nil {
			panic(err)
		}
	}
}

// Each byte as the letter of its number.
func latin1(text string) string {
	runes := make([]rune, len(text))
	for place := range len(text) {
		runes[place] = rune(text[place])
	}
	return string(runes)
}
