/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The confsync authors
 *
 * The socket at the other end has an owner, which NETLINK_SOCK_DIAG tells, and /proc/net/tcp. A
 * socket that its process has closed shows as root's, without an inode: that is nobody's, and no
 * reason to trust it.
 */

#include "confsync-websocket-owner.h"

#include <confsync.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confsync-websocket-remote.h"

#define ANSWER_MAX_BYTES 4096

typedef struct
{
  struct nlmsghdr header;
  struct inet_diag_req_v2 body;
} Request;

static gboolean
fail (GError **error, const char *what, int code)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static gboolean
fail_gone (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "nobody holds that end any more");
  return FALSE;
}

/* netlink */

/* As the other end sees it: its own address is the source. */
static void
fill_request (Request *request, GInetSocketAddress *local, GInetSocketAddress *remote)
{
  g_autoptr (GInetAddress) source =
    confsync_websocket_remote_plain (g_inet_socket_address_get_address (remote));
  g_autoptr (GInetAddress) target =
    confsync_websocket_remote_plain (g_inet_socket_address_get_address (local));
  gsize size = g_inet_address_get_native_size (source);

  request->header.nlmsg_len = sizeof *request;
  request->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request->header.nlmsg_flags = NLM_F_REQUEST;
  request->body.sdiag_family = size == sizeof (struct in_addr) ? AF_INET : AF_INET6;
  request->body.sdiag_protocol = IPPROTO_TCP;
  request->body.idiag_states = (guint32) -1;
  request->body.id.idiag_sport = htons (g_inet_socket_address_get_port (remote));
  request->body.id.idiag_dport = htons (g_inet_socket_address_get_port (local));
  request->body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request->body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  memcpy (request->body.id.idiag_src, g_inet_address_to_bytes (source), size);
  memcpy (request->body.id.idiag_dst, g_inet_address_to_bytes (target),
          MIN (size, g_inet_address_get_native_size (target)));
}

static gboolean
read_answer (const char *answer, gsize size, const Request *request, guint *uid, GError **error)
{
  const struct nlmsghdr *header = (const struct nlmsghdr *) answer;
  const struct inet_diag_msg *found = NLMSG_DATA (header);

  if (size < sizeof *header || header->nlmsg_len > size)
    return fail (error, "the kernel's answer is cut", EPROTO);
  if (header->nlmsg_type == NLMSG_ERROR && header->nlmsg_len >= NLMSG_LENGTH (sizeof (int)))
    {
      const int code = -((const struct nlmsgerr *) NLMSG_DATA (header))->error;

      return code == ENOENT ? fail_gone (error)
                            : fail (error, "the kernel doesn't tell whose a socket is", code);
    }
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      header->nlmsg_len < NLMSG_LENGTH (sizeof *found))
    return fail (error, "the kernel answers something else", EPROTO);
  /* one that listens at that port would be found in its place */
  if (found->idiag_inode == 0 || found->id.idiag_sport != request->body.id.idiag_sport ||
      found->id.idiag_dport != request->body.id.idiag_dport)
    return fail_gone (error);
  *uid = found->idiag_uid;
  return TRUE;
}

static gboolean
ask_kernel (int fd, const Request *request, guint *uid, GError **error)
{
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  struct sockaddr_nl sender = { 0 };
  socklen_t sender_size = sizeof sender;
  _Alignas (struct nlmsghdr) char answer[ANSWER_MAX_BYTES];
  gssize size;

  if (sendto (fd, request, sizeof *request, 0, (struct sockaddr *) &kernel, sizeof kernel) < 0)
    return fail (error, "the kernel can't be asked whose a socket is", errno);
  /* it answers before sendto () returns */
  size = recvfrom (fd, answer, sizeof answer, MSG_DONTWAIT, (struct sockaddr *) &sender,
                   &sender_size);
  if (size < 0)
    return fail (error, "the kernel doesn't answer whose a socket is", errno);
  if (sender.nl_pid != 0)
    return fail (error, "somebody else than the kernel answers", EPROTO);
  return read_answer (answer, (gsize) size, request, uid, error);
}

static gboolean
find_by_netlink (GInetSocketAddress *local, GInetSocketAddress *remote, guint *uid, GError **error)
{
  const int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  Request request = { 0 };
  gboolean found;

  if (fd < 0)
    return fail (error, "the kernel can't be asked whose a socket is", errno);
  fill_request (&request, local, remote);
  found = ask_kernel (fd, &request, uid, error);
  close (fd);
  return found;
}

/* the table */

/* As /proc/net/tcp writes it: each four bytes as a number of this machine, and the port. */
static char *
dup_column (GInetSocketAddress *address, gboolean ipv6)
{
  g_autoptr (GInetAddress) plain =
    confsync_websocket_remote_plain (g_inet_socket_address_get_address (address));
  const gsize size = g_inet_address_get_native_size (plain);
  guint32 words[4] = { 0, 0, htonl (0xffff), 0 };
  GString *text = g_string_new (NULL);

  if (ipv6)
    memcpy (size == sizeof words ? &words[0] : &words[3], g_inet_address_to_bytes (plain), size);
  else
    memcpy (&words[3], g_inet_address_to_bytes (plain), sizeof words[3]);
  for (guint i = ipv6 ? 0 : 3; i < 4; i++)
    g_string_append_printf (text, "%08X", words[i]);
  g_string_append_printf (text, ":%04X", g_inet_socket_address_get_port (address));
  return g_string_free (text, FALSE);
}

/* sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode */
static gboolean
read_line (const char *line, const char *source, const char *target, guint *uid)
{
  char from[64], to[64];
  guint owner;
  unsigned long inode;

  if (sscanf (line, " %*u: %63s %63s %*x %*x:%*x %*x:%*x %*x %u %*u %lu", from, to, &owner,
              &inode) != 4)
    return FALSE;
  if (inode == 0 || !g_str_equal (from, source) || !g_str_equal (to, target))
    return FALSE;
  *uid = owner;
  return TRUE;
}

static gboolean
find_in_file (const char *path,
              gboolean ipv6,
              GInetSocketAddress *local,
              GInetSocketAddress *remote,
              guint *uid,
              GError **error)
{
  g_autofree char *source = dup_column (remote, ipv6);
  g_autofree char *target = dup_column (local, ipv6);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    if (read_line (lines[i], source, target, uid))
      return TRUE;
  return fail_gone (error);
}

/* A socket for both families has its IPv4 connections in the table of IPv6. */
static gboolean
find_in_table (GInetSocketAddress *local, GInetSocketAddress *remote, guint *uid, GError **error)
{
  g_autoptr (GInetAddress) plain =
    confsync_websocket_remote_plain (g_inet_socket_address_get_address (remote));

  if (g_inet_address_get_family (plain) == G_SOCKET_FAMILY_IPV4 &&
      find_in_file ("/proc/net/tcp", FALSE, local, remote, uid, NULL))
    return TRUE;
  return find_in_file ("/proc/net/tcp6", TRUE, local, remote, uid, error);
}

gboolean
confsync_websocket_owner_find (GInetSocketAddress *local,
                               GInetSocketAddress *remote,
                               ConfsyncOwnerSource source,
                               guint *uid,
                               GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (source == CONFSYNC_OWNER_TABLE)
    return find_in_table (local, remote, uid, error);
  if (find_by_netlink (local, remote, uid, &failure))
    return TRUE;
  /* that nobody is there is an answer; that it can't be asked is none */
  if (source == CONFSYNC_OWNER_ANY &&
      !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return find_in_table (local, remote, uid, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

char *
confsync_websocket_owner_dup_stranger (GInetSocketAddress *local, GInetSocketAddress *remote)
{
  g_autoptr (GError) error = NULL;
  guint uid;

  if (!confsync_websocket_remote_is_loopback (g_inet_socket_address_get_address (remote)))
    return NULL;
  if (!confsync_websocket_owner_find (local, remote, CONFSYNC_OWNER_ANY, &uid, &error))
    return g_strdup_printf ("somebody who can't be told (%s)", error->message);
  /* no name: looking it up may take long, and who is turned away could ask for it without end */
  return uid == geteuid () || uid == 0 ? NULL : g_strdup_printf ("user %u", uid);
}
