// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report as HTML: one file that refers to nothing, so that it can be sent and kept; charts are
 * SVG in it. Its own policy forbids scripts and whatever would be fetched.
 */
#include <stdlib.h>
#include <string.h>

#include "report_internal.h"

/* The charts' units; they are as wide as the page. */
#define CHART_WIDTH  960
#define CHART_LEFT   64 /* for numbers */
#define CHART_HEIGHT 180
#define STRIP_HEIGHT 34
/* Labels below a timeline, of days or of hours as wide as they are in print: as many as have room.
 */
#define DAY_WIDTH  100
#define HOUR_WIDTH 150
#define LABELS_MAX 6
/* "2026-11-22" */
#define DAY_LEN 10

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'\">\n";

static const char style[] =
	"<style>\n"
	":root{--bg:#fff;--fg:#1b1f24;--soft:#59636e;--line:#d1d9e0;--stripe:#f6f8fa;--alarm:#b3261e;"
	"--denied:#b3261e;--audited:#1f6feb;--unidentified:#8b949e;"
	"--enforcing:#1a7f37;--degraded:#d29922;--auditing:#1f6feb;--off:#b3261e;"
	"--unrecorded:#8fd19e;--unknown:#c4ccd4}\n"
	"@media (prefers-color-scheme:dark){:root{--bg:#0f1419;--fg:#e6edf3;--soft:#9aa6b2;"
	"--line:#30363d;--stripe:#171d24;--alarm:#ff8a80;--denied:#f0665c;--audited:#58a6ff;"
	"--unidentified:#7d8590;--enforcing:#3fb950;--degraded:#e3b341;--auditing:#58a6ff;"
	"--off:#f0665c;--unrecorded:#1d6b33;--unknown:#484f58}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:64rem;background:var(--bg);"
	"color:var(--fg);font:15px/1.5 system-ui,\"Segoe UI\",\"DejaVu Sans\",sans-serif}\n"
	"h1{font-size:1.7rem;margin:0 0 .75rem}\n"
	"h2{font-size:1.15rem;margin:2.25rem 0 .5rem;padding-bottom:.2rem;"
	"border-bottom:1px solid var(--line)}\n"
	"p{margin:.25rem 0;overflow-wrap:anywhere}\n"
	".alarm{color:var(--alarm);font-weight:600}\n"
	".scroll{overflow-x:auto;margin:.6rem 0}\n"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
	"th,td{padding:.3rem .6rem;text-align:left;vertical-align:top;"
	"border-bottom:1px solid var(--line)}\n"
	"th{color:var(--soft);font-weight:600}\n"
	"tbody tr:nth-child(even){background:var(--stripe)}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".t{white-space:nowrap}\n"
	"code{font:.85em ui-monospace,\"DejaVu Sans Mono\",monospace;overflow-wrap:anywhere;"
	"white-space:pre-wrap}.t code{white-space:pre}\n"
	"svg{display:block;width:100%;height:auto;margin:.6rem 0 .2rem}\n"
	"svg text{fill:var(--soft);font:12px system-ui,\"DejaVu Sans\",sans-serif}\n"
	".grid{stroke:var(--line)}\n"
	".denied{fill:var(--denied)}.audited{fill:var(--audited)}"
	".unidentified{fill:var(--unidentified)}\n"
	".s0{fill:var(--enforcing)}.s1{fill:var(--degraded)}.s2{fill:var(--auditing)}"
	".s3{fill:var(--off)}.s4{fill:var(--unrecorded)}.s5{fill:var(--unknown)}\n"
	".key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.82rem;color:var(--soft);"
	"padding:0;margin:.2rem 0 .6rem;list-style:none}\n"
	".key svg{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 0}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;--stripe:#f4f4f4;"
	"--alarm:#b3261e;--denied:#b3261e;--audited:#1f6feb;--unidentified:#8b949e;"
	"--enforcing:#1a7f37;--degraded:#d29922;--auditing:#1f6feb;--off:#b3261e;"
	"--unrecorded:#8fd19e;--unknown:#c4ccd4}"
	"body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}"
	"table{font-size:8pt}th,td{padding:.2rem .35rem}"
	"h2{break-after:avoid}.key{break-before:avoid}tr,svg{break-inside:avoid}svg text{font-size:16px}"
	"svg,tbody tr{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
	"@page{margin:16mm}\n"
	"</style>\n";

static void put(struct report_writer *w, const char *text)
{
	char *safe = report_safe(w, text);

	for (const char *c = safe ? safe : ""; *c; c++) {
		switch (*c) {
		case '<':
			fputs("&lt;", w->out);
			break;
		case '>':
			fputs("&gt;", w->out);
			break;
		case '&':
			fputs("&amp;", w->out);
			break;
		case '"':
			fputs("&quot;", w->out);
			break;
		case '\'':
			fputs("&#39;", w->out);
			break;
		default:
			fputc(*c, w->out);
		}
	}
	free(safe);
}

static void begin(struct report_writer *w, const char *title)
{
	fprintf(w->out, "%s<title>", head);
	put(w, title);
	fprintf(w->out, "</title>\n%s</head>\n<body>\n<h1>", style);
	put(w, title);
	fputs("</h1>\n", w->out);
}

static void section(struct report_writer *w, const char *title)
{
	fputs("<h2>", w->out);
	put(w, title);
	fputs("</h2>\n", w->out);
}

static void text(struct report_writer *w, bool alarm, const char *sentence)
{
	fputs(alarm ? "<p class=\"alarm\">" : "<p>", w->out);
	put(w, sentence);
	fputs("</p>\n", w->out);
}

static void table(struct report_writer *w, const char *const *titles, const enum report_cell *cells,
		  size_t n)
{
	fputs("<div class=\"scroll\"><table>\n<thead><tr>", w->out);
	for (size_t i = 0; i < n; i++) {
		fputs(cells[i] == REPORT_NUMBER ? "<th class=\"n\" scope=\"col\">" :
						  "<th scope=\"col\">",
		      w->out);
		put(w, titles[i]);
		fputs("</th>", w->out);
	}
	fputs("</tr></thead>\n<tbody>\n", w->out);
}

/* A time is not broken into two lines, nor what is shorter than one. */
#define WHOLE 24
static bool is_whole(const char *value)
{
	int64_t ns;

	return strlen(value) < WHOLE || query_line_time(value, strlen(value), &ns);
}

static void cell(struct report_writer *w, enum report_cell kind, const char *value)
{
	if (!w->in_row)
		fputs("<tr>", w->out);
	w->in_row = true;
	fputs(kind == REPORT_NUMBER ? "<td class=\"n\">" :
	      is_whole(value)	    ? "<td class=\"t\">" :
				      "<td>",
	      w->out);
	if (kind == REPORT_NAME)
		fputs("<code>", w->out);
	put(w, value);
	fputs(kind == REPORT_NAME ? "</code></td>" : "</td>", w->out);
}

static void row_end(struct report_writer *w)
{
	fputs("</tr>\n", w->out);
	w->in_row = false;
}

static void table_end(struct report_writer *w)
{
	fputs("</tbody></table></div>\n", w->out);
}

/* ---- charts ---- */

static void begin_key(struct report_writer *w)
{
	fputs("<ul class=\"key\">", w->out);
}

static void put_key(struct report_writer *w, const char *class, int number, const char *name)
{
	fputs("<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect width=\"10\" height=\"10\" "
	      "class=\"",
	      w->out);
	if (number < 0)
		fprintf(w->out, "%s\"/></svg>", class);
	else
		fprintf(w->out, "%s%d\"/></svg>", class, number);
	put(w, name);
	fputs("</li>", w->out);
}

static void end_key(struct report_writer *w)
{
	fputs("</ul>\n", w->out);
}

static const char *const what_names[] = {
	[REPORT_DENIED] = "denied",
	[REPORT_AUDITED] = "audited",
	[REPORT_UNIDENTIFIED] = "unidentified",
};
_Static_assert(sizeof(what_names) / sizeof(*what_names) == REPORT_WHATS, "a name each");

static void put_bar(struct report_writer *w, const struct report *r, size_t i, uint64_t max)
{
	double width = (double)(CHART_WIDTH - CHART_LEFT) / (double)r->n_bars;
	double x = CHART_LEFT + width * (double)i, y = CHART_HEIGHT;
	double gap = width > 4 ? 1 : 0;
	char name[21];

	/* Where nothing is drawn there is nothing to point at. */
	if (!r->bars[i][REPORT_DENIED] && !r->bars[i][REPORT_AUDITED] &&
	    !r->bars[i][REPORT_UNIDENTIFIED])
		return;
	report_bar_name(r, i, name);
	fprintf(w->out, "<g><title>%s: %llu denied, %llu audited, %llu unidentified</title>", name,
		(unsigned long long)r->bars[i][REPORT_DENIED],
		(unsigned long long)r->bars[i][REPORT_AUDITED],
		(unsigned long long)r->bars[i][REPORT_UNIDENTIFIED]);
	for (int what = 0; what < REPORT_WHATS; what++) {
		double height = (double)r->bars[i][what] / (double)max * (CHART_HEIGHT - 10);

		if (!r->bars[i][what])
			continue;
		/* What is there is seen. */
		height = height < 1 ? 1 : height;
		y -= height;
		fprintf(w->out,
			"<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
			what_names[what], x, y, width - gap, height);
	}
	fputs("</g>\n", w->out);
}

static void put_labels(struct report_writer *w, const struct report *r)
{
	size_t step = (r->n_bars + LABELS_MAX - 1) / LABELS_MAX;
	double width = (double)(CHART_WIDTH - CHART_LEFT) / (double)r->n_bars;

	for (size_t i = 0; i < r->n_bars; i += step) {
		double x = CHART_LEFT + width * (double)i;
		char name[21];

		report_bar_name(r, i, name);
		/* The last one may have no room. */
		if (x + (strlen(name) > DAY_LEN ? HOUR_WIDTH : DAY_WIDTH) > CHART_WIDTH)
			continue;
		fprintf(w->out,
			"<line class=\"grid\" x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" y2=\"%d\"/>"
			"<text x=\"%.2f\" y=\"%d\">%s</text>\n",
			x, x, CHART_HEIGHT, CHART_HEIGHT + 18, x + 4, CHART_HEIGHT + 18, name);
	}
}

static void timeline(struct report_writer *w, const struct report *r)
{
	uint64_t max = report_bar_max(r);

	if (!max) {
		text(w, false, "There is nothing to show.");
		return;
	}
	fprintf(w->out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Refusals over time\">\n"
		"<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"10\" y2=\"10\"/>"
		"<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n"
		"<text x=\"%d\" y=\"14\" text-anchor=\"end\">%llu</text>"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>\n",
		CHART_WIDTH, CHART_HEIGHT + 24, CHART_LEFT, CHART_WIDTH, CHART_LEFT, CHART_WIDTH,
		CHART_HEIGHT, CHART_HEIGHT, CHART_LEFT - 8, (unsigned long long)max, CHART_LEFT - 8,
		CHART_HEIGHT + 4);
	for (size_t i = 0; i < r->n_bars; i++)
		put_bar(w, r, i, max);
	put_labels(w, r);
	fputs("</svg>\n", w->out);
	begin_key(w);
	for (int what = 0; what < REPORT_WHATS; what++)
		put_key(w, what_names[what], -1, what_names[what]);
	end_key(w);
}

static void put_span(struct report_writer *w, const struct report *r, const struct report_span *s)
{
	double scale = (double)CHART_WIDTH / (double)(r->to - r->from);
	double width = (double)(s->end - s->begin) * scale;
	char from[21], to[21];

	query_format_time(s->begin, from);
	query_format_time(s->end, to);
	/* What is short is seen, too. */
	fprintf(w->out,
		"<rect class=\"s%d\" x=\"%.2f\" width=\"%.2f\" height=\"%d\"><title>%s to %s: ",
		(int)s->state, (double)(s->begin - r->from) * scale, width < 1 ? 1 : width,
		STRIP_HEIGHT, from, to);
	put(w, report_state_name(s->state));
	fputs("</title></rect>\n", w->out);
}

static void strip(struct report_writer *w, const struct report *r)
{
	fprintf(w->out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Coverage over time\">\n",
		CHART_WIDTH, STRIP_HEIGHT);
	for (size_t i = 0; i < r->coverage.n_spans; i++)
		put_span(w, r, &r->coverage.spans[i]);
	fputs("</svg>\n", w->out);
	begin_key(w);
	for (int state = 0; state < REPORT_STATES; state++)
		if (r->coverage.total[state])
			put_key(w, "s", state, report_state_name((enum report_state)state));
	end_key(w);
}

static void end(struct report_writer *w)
{
	fputs("</body>\n</html>\n", w->out);
}

static const struct report_writer html = {
	.begin = begin,
	.section = section,
	.text = text,
	.table = table,
	.cell = cell,
	.row_end = row_end,
	.table_end = table_end,
	.timeline = timeline,
	.strip = strip,
	.end = end,
};

int report_html(const struct report *report, FILE *out)
{
	return report_write(&html, report, out);
}
