/// A look into a running JVM by its process id: any JVM from 25 on, with Selvedge in it or not.
///
/// [RunningJvm] attaches, by the JDK's own means and without an agent in the other process.
/// [ThreadDump] is what all its threads, virtual ones too, do at a moment; [Deadlocks] finds who of
/// them wait for each other.
@NullMarked
package dev.selvedge.trace.live;

import org.jspecify.annotations.NullMarked;
