/// What a Flight Recorder file says of a program's tasks, read and put in order.
///
/// [RecordingReader] reads a file into a [Recording]: for each process that took part
/// ([RecordedProcess]) its attempts at tasks ([TaskRun]), groups ([GroupRun]), cancellations
/// ([Cancellation]), waits ([Wait]) and more. [TaskGraph] says how they belong together, across
/// processes: who forked whom, who waited for whom, who cancelled whom.
///
/// - Points in time are nanoseconds since 1970 (UTC), as the recording process saw them; lengths of
///   time are nanoseconds.
/// - Ids are unique in their process only; 0 is none.
/// - A **chunk** is a part of a file that can be read by itself. A file is a row of them.
/// - A **note** is a line for the user on what could not be read.
///
/// Files come from anywhere. What is damaged costs as little as possible of the rest, nothing in a
/// file makes reading hang, and long texts are cut.
@NullMarked
package dev.selvedge.trace.recording;

import org.jspecify.annotations.NullMarked;
