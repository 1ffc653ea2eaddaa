// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_term.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "columns.h"
#include "escape.h"

/* Milliseconds in which the rest of a key's sequence comes, else it was the key Esc. */
#define ESCAPE_DELAY 50

static struct {
	bool taken, utf8, blocks;
	SCREEN *screen;
	int fd; /* of signals */
	sigset_t before;
	chtype styles[VIEW_STYLE_COUNT];
	/* for the way out that may not call ncurses */
	struct termios mode;
	char restore[256];
} term = { .fd = -1 };

static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS };

/* ---- giving it back where nothing else works any more ---- */

static void on_fault(int number)
{
	ssize_t n = write(STDOUT_FILENO, term.restore, strlen(term.restore));

	(void)n;
	tcsetattr(STDIN_FILENO, TCSANOW, &term.mode);
	raise(number); /* SA_RESETHAND: now what it would have done */
}

static void append_capability(const char *name)
{
	/* (char *)-1 where it is no string. */
	const char *text = tigetstr(name);

	if (text && (intptr_t)text != -1 &&
	    strlen(term.restore) + strlen(text) < sizeof(term.restore))
		strcat(term.restore, text);
}

static void prepare_faults(void)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_RESETHAND };

	term.restore[0] = '\0';
	append_capability("sgr0");
	append_capability("rmkx");
	append_capability("cnorm");
	append_capability("rmcup");
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		sigaction(faults[i], &action, NULL);
}

/* ---- colours ---- */

static void make_styles(bool color)
{
	static const struct {
		short fore, back;
		chtype with, without; /* attributes, with colour and without */
	} looks[VIEW_STYLE_COUNT] = {
		[VIEW_STYLE_DIM] = { -1, -1, A_DIM, A_DIM },
		[VIEW_STYLE_BOLD] = { -1, -1, A_BOLD, A_BOLD },
		[VIEW_STYLE_HEADING] = { COLOR_CYAN, -1, A_BOLD, A_BOLD | A_UNDERLINE },
		[VIEW_STYLE_GOOD] = { COLOR_GREEN, -1, 0, 0 },
		[VIEW_STYLE_WARN] = { COLOR_YELLOW, -1, A_BOLD, A_BOLD },
		[VIEW_STYLE_BAD] = { COLOR_RED, -1, A_BOLD, A_REVERSE },
		[VIEW_STYLE_BAR] = { COLOR_RED, -1, 0, 0 },
		[VIEW_STYLE_GOOD_LINE] = { COLOR_BLACK, COLOR_GREEN, 0, A_REVERSE },
		[VIEW_STYLE_WARN_LINE] = { COLOR_BLACK, COLOR_YELLOW, 0, A_REVERSE | A_BOLD },
		[VIEW_STYLE_BAD_LINE] = { COLOR_WHITE, COLOR_RED, A_BOLD, A_REVERSE | A_BOLD },
	};

	color = color && has_colors() && start_color() == OK && use_default_colors() == OK;
	for (int i = 0; i < VIEW_STYLE_COUNT; i++) {
		bool pair = looks[i].fore || looks[i].back;

		term.styles[i] = color ? looks[i].with : looks[i].without;
		if (color && pair && init_pair((short)(i + 1), looks[i].fore, looks[i].back) == OK)
			term.styles[i] |= COLOR_PAIR(i + 1);
	}
}

/* ---- taking it ---- */

/* Before ncurses, which then leaves SIGWINCH and SIGINT alone; SIGTSTP is its own. */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, &term.before);
	term.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return term.fd < 0 ? -errno : 0;
}

int view_term_open(bool color, char *why, size_t size)
{
	const char *type = getenv("TERM");
	int err;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &term.mode) < 0) {
		snprintf(why, size, "--full needs a terminal");
		return -ENOTTY;
	}
	err = take_signals();
	if (err) {
		snprintf(why, size, "signals cannot be taken: %s", strerror(-err));
		sigprocmask(SIG_SETMASK, &term.before, NULL);
		return err;
	}
	term.utf8 = columns_use_locale();
	/* The font of the kernel's console has few of them. */
	term.blocks = term.utf8 && type && strcmp(type, "linux") != 0;
	set_escdelay(ESCAPE_DELAY);
	term.screen = newterm(NULL, stdout, stdin);
	if (!term.screen) {
		snprintf(why, size, "the terminal type \"%.32s\" (TERM) cannot do --full",
			 type ? type : "");
		view_term_close();
		return -EINVAL;
	}
	term.taken = true;
	prepare_faults();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	make_styles(color);
	return 0;
}

void view_term_close(void)
{
	if (term.taken) {
		endwin();
		delscreen(term.screen);
		for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
			signal(faults[i], SIG_DFL);
	}
	term.taken = false;
	if (term.fd >= 0) {
		close(term.fd);
		sigprocmask(SIG_SETMASK, &term.before, NULL);
	}
	term.fd = -1;
}

int view_term_fd(void)
{
	return term.fd;
}

int view_term_signal(void)
{
	struct signalfd_siginfo info;
	struct winsize size;

	if (read(term.fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo != SIGWINCH)
		return (int)info.ssi_signo;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
		resizeterm(size.ws_row, size.ws_col);
		clearok(stdscr, TRUE);
	}
	return 0;
}

bool view_term_utf8(void)
{
	return term.utf8;
}

bool view_term_blocks(void)
{
	return term.blocks;
}

void view_term_put(int y, int x, int columns, enum view_style style, bool selected, bool middle,
		   const char *text)
{
	unsigned int flags =
		ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH | (term.utf8 ? 0 : ESCAPE_ASCII);
	char *safe, *fit = NULL;
	int width;

	if (columns <= 0)
		return;
	safe = escape_name(text, strlen(text), flags);
	if (safe)
		fit = columns_fit(safe, (size_t)columns,
				  middle ? COLUMNS_CUT_MIDDLE : COLUMNS_CUT_END);
	free(safe);
	width = fit ? (int)columns_of(fit) : 0;
	attrset(term.styles[style] | (selected ? A_REVERSE : 0));
	mvaddstr(y, x, fit ? fit : "");
	for (; width < columns; width++)
		mvaddch(y, x + width, ' ');
	attrset(A_NORMAL);
	free(fit);
}
