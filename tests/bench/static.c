// SPDX-License-Identifier: GPL-2.0-or-later
/* The smallest thing to exec. */
int main(void)
{
	return 0;
}
