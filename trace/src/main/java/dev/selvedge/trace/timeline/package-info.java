/// A recording as a picture: a page to look at ([TimelinePage]), and a file for Perfetto
/// ([ChromeTrace]).
///
/// - A **section** is what belongs together: a worker process, a group, a pool.
/// - A **lane** is a line of a section; tasks in one lane never run at the same time.
///
/// The page is one file without network. Its scripts and styles are the resources beside these
/// classes; they begin with what has to be known.
@NullMarked
package dev.selvedge.trace.timeline;

import org.jspecify.annotations.NullMarked;
