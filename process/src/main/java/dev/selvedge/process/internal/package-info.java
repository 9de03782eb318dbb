/// What processes stand on: who a process is and whether it lives, its folder for what others may
/// attach to, and the kernel's way to wait for a word of shared memory.
@NullMarked
package dev.selvedge.process.internal;

import org.jspecify.annotations.NullMarked;
