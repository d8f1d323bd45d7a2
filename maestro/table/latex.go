package table

import (
	"fmt"
	"strings"
)

// latex is the table as a float as wide as the text at most.
func (t Table) latex() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%% \\usepackage{booktabs,adjustbox}\n\\begin{table}\n\\centering\n\\small\n")
	if t.Caption != "" {
		fmt.Fprintf(&b, "\\caption{%s}\n", latexEscape(t.Caption))
	}
	if t.Label != "" {
		fmt.Fprintf(&b, "\\label{%s}\n", t.Label)
	}
	columns := strings.Repeat("l", min(t.Numbers, len(t.Header))) + strings.Repeat("r", max(0, len(t.Header)-t.Numbers))
	fmt.Fprintf(&b, "\\begin{adjustbox}{max width=\\textwidth}\n\\begin{tabular}{@{}%s@{}}\n\\toprule\n", columns)
	for _, line := range t.latexGroups() {
		b.WriteString(line + "\n")
	}
	// Units stand under their names, so that columns are no wider than their numbers.
	names, units, named := make([]string, len(t.Header)), make([]string, len(t.Header)), false
	for i, heading := range t.Header {
		for _, g := range t.Groups {
			if i >= g.First && i < g.First+g.Columns {
				heading = strings.TrimPrefix(heading, g.Name+" ")
			}
		}
		name, unit := heading, ""
		if at := strings.LastIndex(heading, " ("); at >= 0 && strings.HasSuffix(heading, ")") {
			name, unit, named = heading[:at], heading[at+1:], true
		}
		names[i], units[i] = latexEscape(name), latexEscape(unit)
	}
	b.WriteString(strings.Join(names, " & ") + " \\\\\n")
	if named {
		b.WriteString(strings.Join(units, " & ") + " \\\\\n")
	}
	b.WriteString("\\midrule\n")
	for _, row := range t.texts()[1:] {
		for i := range row {
			row[i] = latexEscape(row[i])
		}
		b.WriteString(strings.Join(row, " & ") + " \\\\\n")
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n\\end{adjustbox}\n\\end{table}\n")
	return b.String()
}

// latexGroups are the line of group headings and the rules under them.
func (t Table) latexGroups() []string {
	if len(t.Groups) == 0 {
		return nil
	}
	var cells, rules []string
	next := 0
	for _, g := range t.Groups {
		for ; next < g.First; next++ {
			cells = append(cells, "")
		}
		cells = append(cells, fmt.Sprintf("\\multicolumn{%d}{c}{%s}", g.Columns, latexEscape(g.Name)))
		rules = append(rules, fmt.Sprintf("\\cmidrule(lr){%d-%d}", g.First+1, g.First+g.Columns))
		next = g.First + g.Columns
	}
	for ; next < len(t.Header); next++ {
		cells = append(cells, "")
	}
	return []string{strings.Join(cells, " & ") + ` \\`, strings.Join(rules, " ")}
}

// latexEscape writes every character that TeX would take for a command so that it is printed.
func latexEscape(s string) string {
	return strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "#", `\#`, "$", `\$`, "λ_gl",
		`$\lambda_{\mathrm{gl}}$`, "_", `\_`,
		"{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "±", `$\pm$`, "†",
		`\textsuperscript{\textdagger}`, "×", `$\times$`, "−", `$-$`, "–", "--", "—", "---").Replace(s)
}
