/// The `selvedge` command.
///
/// The script `selvedge` at the root of the repository finds a JDK, builds what is missing and
/// starts [Main] on an AOT cache. Most commands do their work right there. `selvedge run` is
/// different: the program must be the process that the user started, so that signals, exit codes
/// and the terminal are its own. So this side only *prepares*: it compiles the program into the
/// [ProgramCache] and writes a [Launch], the complete `java` command, to a file; the script then
/// replaces itself with that command. A launch is also recorded, and as long as no source of the
/// program changes the script repeats it without starting this side at all.
///
/// - A **program** is a source file with a `main` method and the sources that it uses.
/// - A **launch** is the command that runs a program.
/// - The **library** is the folder of module jars that programs see.
@NullMarked
package dev.selvedge.cli;

import org.jspecify.annotations.NullMarked;
