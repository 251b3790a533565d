/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The one header that applications and plugins include.
 */

#pragma once

#include "confsync-channel.h"
#include "confsync-clock.h"
#include "confsync-conflict.h"
#include "confsync-courier.h"
#include "confsync-document.h"
#include "confsync-error.h"
#include "confsync-event.h"
#include "confsync-explanation.h"
#include "confsync-file-store.h"
#include "confsync-file-watcher.h"
#include "confsync-json-cursor.h"
#include "confsync-json.h"
#include "confsync-listener.h"
#include "confsync-local-store.h"
#include "confsync-logging.h"
#include "confsync-macros.h"
#include "confsync-manager.h"
#include "confsync-memory-store.h"
#include "confsync-node.h"
#include "confsync-notification.h"
#include "confsync-open-conflict.h"
#include "confsync-peer-status.h"
#include "confsync-peer.h"
#include "confsync-policy-resolver.h"
#include "confsync-registry.h"
#include "confsync-resolver.h"
#include "confsync-revision.h"
#include "confsync-role.h"
#include "confsync-stamp.h"
#include "confsync-store.h"
#include "confsync-task.h"
#include "confsync-thread.h"
#include "confsync-transport.h"
#include "confsync-validator.h"
#include "confsync-version.h"
#include "confsync-watcher.h"
