# SPDX-License-Identifier: GPL-2.0-or-later
# awk -v start=SYMBOL -v operation=NAME -v lines=N -f profile.awk KALLSYMS TRACE
# Of the iterations that begin at SYMBOL, the median one: instructions by function. TRACE has a line
# "Trace CPU: HOST [BASE/PC/...] ..." for each instruction, as qemu's -d exec prints it.

FNR == NR {
	address[++symbols] = $1
	name[$1] = $3 # several names of one address: the last
	next
}

# The function of a 16-digit address; the addresses are sorted, and so are their digits.
function function_of(pc,    low, high, middle) {
	if (pc in known)
		return known[pc]
	if (pc < "8")
		return known[pc] = "(user space)"
	low = 1
	high = symbols
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (address[middle] <= pc)
			low = middle
		else
			high = middle - 1
	}
	return known[pc] = name[address[low]]
}

function finish() {
	# What a create or an interrupt makes longer is not the operation.
	if (iteration && !(operation == "open-first" && creates)) {
		totals[iteration] = total
		whole++
	}
}

$1 == "Trace" {
	split($4, field, "/")
	pc = field[2]
	symbol = function_of(pc)
	if (symbol == start && name[pc] == start) {
		finish()
		iteration++
		total = creates = 0
	}
	if (!iteration)
		next
	total++
	count[iteration, symbol]++
	seen[symbol] = 1
	if (symbol ~ /^(ext4_create|ext4_unlink)$/)
		creates = 1
}

END {
	if (!whole) {
		print "no whole iteration in the trace" >"/dev/stderr"
		exit 1
	}
	for (i in totals)
		print totals[i], i | "sort -n >" sorted
	close("sort -n >" sorted)
	while ((getline line <sorted) > 0) {
		split(line, field, " ")
		if (++n == int((whole + 1) / 2))
			median = field[2]
	}
	printf "%d iterations of %s; the median one: %d instructions\n", whole, operation, totals[median]
	for (symbol in seen)
		if ((median, symbol) in count)
			print count[median, symbol], symbol | "sort -rn | head -n " lines
}
