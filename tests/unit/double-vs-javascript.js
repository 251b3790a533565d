// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: The confsync authors
//
// Compares how doubles below 2^53 are printed with JSON.stringify(). Prints TAP.
//
// Usage: double-vs-javascript.js TOOL [SEED [COUNT]]; TOOL is double-tool. By hand, ten million
// take about half a minute: gjs -m double-vs-javascript.js TOOL 2 10000000

import Gio from 'gi://Gio';
import System from 'system';

const [tool, seed = '1', count = '100000'] = ARGV;
const SHOWN_MAX = 10;

function readBytes(stream, size) {
    const buffer = new Uint8Array(size);

    for (let at = 0; at < size;) {
        const part = stream.read_bytes(Math.min(size - at, 1 << 20), null).toArray();

        if (part.length === 0)
            throw new Error('the tool ended early');
        buffer.set(part, at);
        at += part.length;
    }
    return buffer.buffer;
}

// Gives how many doubles there were, and appends those that differ to wrong.
function compareBlock(stream, wrong) {
    const [n, size] = new Uint32Array(readBytes(stream, 8));
    const values = new Float64Array(readBytes(stream, n * 8));
    const text = new Uint8Array(readBytes(stream, Math.ceil(size / 8) * 8), 0, size);
    const lines = new TextDecoder().decode(text).split('\n');

    if (lines.length !== n + 1)
        throw new Error(`${lines.length - 1} texts of ${n} doubles`);
    values.forEach((value, i) => {
        if (JSON.stringify(value) !== lines[i])
            wrong.push(`${lines[i]}, not ${JSON.stringify(value)}`);
    });
    return n;
}

const process = Gio.Subprocess.new([tool, seed, count], Gio.SubprocessFlags.STDOUT_PIPE);
const stream = process.get_stdout_pipe();
const wrong = [];
let compared = 0;

print('1..2');
while (compared < Number(count))
    compared += compareBlock(stream, wrong);
print(`# ${compared} doubles compared, seed ${seed}, ${wrong.length} differ`);
for (const text of wrong.slice(0, SHOWN_MAX))
    print(`# ${text}`);
print(`${wrong.length > 0 ? 'not ' : ''}ok 1 doubles print as JSON.stringify() has them`);
process.wait(null);
const ended = process.get_if_exited() && process.get_exit_status() === 0;
print(`${ended ? '' : 'not '}ok 2 each text reads back, and prints as itself again`);
System.exit(wrong.length > 0 || !ended ? 1 : 0);
