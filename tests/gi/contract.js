// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// The contract suites over the examples in JavaScript, over a transport that leaves less out, and
// over classes that are bad on purpose.

import ConfsyncContract from 'gi://ConfsyncContract?version=1';
import System from 'system';

import {UnionResolver} from '../../introspection/examples/resolver.js';
import {MapStore} from '../../introspection/examples/store.js';
import {PipeTransport} from '../../introspection/examples/transport.js';
import {addFaults} from './faults.js';
import {WholePipeTransport} from './pipe-transport.js';

const {SINGLE_THREAD} = ConfsyncContract.Flags;

ConfsyncContract.set_collector(() => { System.gc(); System.gc(); });
ConfsyncContract.init(ARGV);
ConfsyncContract.add_store(MapStore.$gtype, SINGLE_THREAD);
ConfsyncContract.add_transport(PipeTransport.$gtype, 'pipe:hall', SINGLE_THREAD);
ConfsyncContract.add_transport(WholePipeTransport.$gtype, 'pipe:hall', SINGLE_THREAD);
ConfsyncContract.add_resolver(UnionResolver.$gtype, SINGLE_THREAD);
addFaults();
System.exit(ConfsyncContract.run());
