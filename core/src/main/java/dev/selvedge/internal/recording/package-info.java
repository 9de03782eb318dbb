/// The events that Selvedge gives to the JDK's Flight Recorder. They only hold what is recorded;
/// what fills them is where it happens.
///
/// Times are those of the recorder. A number is that of a task, and unique in its process; a
/// group's is that of the task that its body is. 0 stands for none, and null for a text that there
/// is not. As long as nobody records, an event costs a look at a flag that the compiler knows.
@NullMarked
package dev.selvedge.internal.recording;

import org.jspecify.annotations.NullMarked;
