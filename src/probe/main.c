/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/app.h"

int main(int argc, char **argv)
{
	return app_main(argc, argv);
}
