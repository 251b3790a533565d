# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The confsync authors
#
# The name that programs of AICleaner's origin import: on the path of those programs only.
from confsync_aicleaner import *  # noqa: F401,F403
from confsync_aicleaner import __all__  # noqa: F401
