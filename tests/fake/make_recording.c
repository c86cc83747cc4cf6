/* SPDX-License-Identifier: Apache-2.0 */
/* make-recording FILE ROUNDS: a recording for falcotune-engine that no kernel was needed for. */
#include "../unit/record_maker.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	struct error err = ERROR_INIT;

	if (argc != 3 || made_recording(argv[1], (unsigned)atoi(argv[2]), 1 << 30, &err)) {
		fprintf(stderr, "make-recording: %s\n", argc == 3 ? err.msg : "FILE ROUNDS");
		return 2;
	}
	return 0;
}
