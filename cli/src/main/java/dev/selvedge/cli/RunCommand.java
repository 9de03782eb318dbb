package dev.selvedge.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prepares a program to run: compiles it if need be and writes its launch for the script.
///
/// The script reads the same options, in order to repeat a launch without this command. What it
/// does not understand it hands over without asking for a launch, and gets the error message.
@Command(
    name = "run",
    header = "Compile and run a program that uses Selvedge.",
    synopsisHeading = "Usage: ",
    customSynopsis =
        "selvedge run [-v] [-cp PATH] [--record FILE] [-JFLAG]... FILE.java [ARGUMENT]...",
    description = {
      "",
      "FILE.java is a source file with a main method; a compact source file will do. It sees all"
          + " of Selvedge ('import module dev.selvedge;') and the other sources in its source root,"
          + " and is compiled again only when one of its sources has changed.",
      "",
      "A line in it such as '//DEPS com.h2database:h2:2.4.240' puts a library on its class path,"
          + " as in JBang; Maven finds it."
    },
    parameterListHeading = "%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "  -JFLAG              A flag for the program's JVM, such as -J-Xmx1g.",
      "",
      "Exit codes: 0 done, 1 the program failed, 2 wrong usage or unreadable input,",
      "130 on Ctrl-C; a program's own System.exit(n) passes through."
    })
final class RunCommand implements Callable<Integer> {
  private final LaunchSettings settings;

  private final PrintWriter err;

  @Parameters(index = "0", paramLabel = "FILE.java", description = "The program's source file.")
  private Path source = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "ARGUMENT",
      description = "What the program gets as its arguments.")
  @SuppressWarnings("UnusedVariable") // declared for picocli; the script passes them on
  private List<String> arguments = List.of();

  @Option(
      names = {"-cp", "--class-path"},
      paramLabel = "PATH",
      description = "Jars and folders that the program needs beside Selvedge.")
  private String classPath = "";

  @Option(
      names = "-J",
      paramLabel = "FLAG",
      hidden = true, // in the footer instead: picocli would show it as -J=FLAG
      description = "A flag for the program's JVM.")
  private List<String> flags = List.of();

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description =
          "Record what tasks do, for 'selvedge timeline FILE' and 'selvedge report FILE'.")
  @SuppressWarnings("UnusedVariable") // declared for picocli; the script acts on it
  private String recording = "";

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the command that runs the program.")
  @SuppressWarnings("UnusedVariable") // declared for picocli; the script acts on it
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // declared for picocli, which acts on it
  private boolean help;

  RunCommand(LaunchSettings settings, PrintWriter err) {
    this.settings = settings;
    this.err = err;
  }

  @Override
  public Integer call() throws IOException, CommandFailure {
    if (settings.plan().isEmpty()) {
      throw CommandFailure.unusable("write each option on its own, in front of FILE.java");
    }
    var library = Library.in(settings.library().orElseThrow());
    var named = ClassPath.parse(classPath);
    Program.requireReadable(source);
    var libraries = Dependencies.of(source).resolve(settings.cache(), err);
    var program = new Program(source, named.and(libraries), flags.contains("--enable-preview"));
    var cache = new ProgramCache(settings.cache());
    var compiled = cache.compile(program, library, err);
    var launch = compiled.launch(library, program.classPath());
    launch.writeTo(settings.plan().get());
    if (settings.record().isPresent()) {
      cache.record(launch, compiled, program, settings.record().get());
    }
    return 0;
  }
}
