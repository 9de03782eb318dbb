/// The machine below the event loop: run queue, timers, and the JDK's door to virtual threads.
@NullMarked
package dev.selvedge.loop.internal;

import org.jspecify.annotations.NullMarked;
