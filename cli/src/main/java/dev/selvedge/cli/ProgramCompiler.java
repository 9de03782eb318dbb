package dev.selvedge.cli;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeKind;
import javax.lang.model.util.ElementFilter;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticListener;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/// Compiles one program like the JDK's own source launcher (JEP 458) would: the source file's
/// package tells where the source root is, and other sources are found there as they are used.
///
/// Other than the source launcher it leaves class files behind, because other processes are to load
/// the same classes.
final class ProgramCompiler {
  private final Program program;
  private final Library library;
  private final PrintWriter err;
  private final Set<Path> sources = new TreeSet<>();
  private int errors;

  ProgramCompiler(Program program, Library library, PrintWriter err) {
    this.program = program;
    this.library = library;
    this.err = err;
  }

  /// The outcome of a compilation.
  ///
  /// @param mainClass the binary name of the class with the `main` method
  /// @param sources the absolute paths of all sources that were used
  record Output(String mainClass, Set<Path> sources) {}

  /// Compiles into `classes`, an empty folder.
  ///
  /// @throws CommandFailure if the program does not compile or has no `main` method; what the
  ///   compiler says is on `err` by then
  Output compile(Path classes) throws IOException, CommandFailure {
    var compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticListener<JavaFileObject> listener = this::report;
    try (var files = compiler.getStandardFileManager(listener, null, StandardCharsets.UTF_8)) {
      files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
      files.setLocationFromPaths(StandardLocation.CLASS_PATH, program.classPath().entries());
      var task = task(compiler, files, listener);
      var unit = parse(task);
      files.setLocationFromPaths(StandardLocation.SOURCE_PATH, List.of(sourceRoot(unit)));
      task.analyze();
      requireNoErrors();
      var main = mainClass(task, unit);
      task.generate();
      requireNoErrors();
      return new Output(main, sources);
    }
  }

  private JavacTask task(
      JavaCompiler compiler,
      StandardJavaFileManager files,
      DiagnosticListener<JavaFileObject> listener) {
    var input = files.getJavaFileObjects(program.source());
    var task =
        (JavacTask)
            compiler.getTask(err, new UnnamedSources(files), listener, options(), null, input);
    task.addTaskListener(
        new TaskListener() {
          @Override
          public void finished(TaskEvent event) {
            if (event.getKind() == TaskEvent.Kind.PARSE) {
              sources.add(Path.of(event.getSourceFile().toUri()));
            }
          }
        });
    return task;
  }

  private List<String> options() {
    var options = new ArrayList<>(library.options());
    options.addAll(List.of("-proc:none", "-implicit:class", "-Xlint:deprecation", "-g"));
    if (program.preview()) {
      var release = Integer.toString(Runtime.version().feature());
      options.addAll(List.of("--enable-preview", "--release", release));
    }
    return options;
  }

  private CompilationUnitTree parse(JavacTask task) throws IOException, CommandFailure {
    var unit = task.parse().iterator().next();
    requireNoErrors();
    return unit;
  }

  private static String packageName(CompilationUnitTree unit) {
    var name = unit.getPackageName();
    return name == null ? "" : name.toString();
  }

  /// The folder that the source file's package name starts from.
  private Path sourceRoot(CompilationUnitTree unit) throws CommandFailure {
    var inRoot = Path.of(packageName(unit).replace('.', '/'));
    var root = parent(program.source().toAbsolutePath().normalize());
    if (packageName(unit).isEmpty()) {
      return root;
    }
    if (!root.endsWith(inRoot)) {
      throw CommandFailure.unusable(
          program.source()
              + " is in package "
              + packageName(unit)
              + ", so its folder must end in "
              + inRoot);
    }
    for (int i = 0; i < inRoot.getNameCount(); i++) {
      root = parent(root);
    }
    return root;
  }

  private static Path parent(Path path) {
    return Objects.requireNonNullElse(path.getParent(), path);
  }

  /// Like the source launcher: the first type in the file is the one to run.
  private String mainClass(JavacTask task, CompilationUnitTree unit) throws CommandFailure {
    var first =
        unit.getTypeDecls().stream()
            .filter(ClassTree.class::isInstance)
            .map(ClassTree.class::cast)
            .findFirst()
            .orElseThrow(() -> CommandFailure.unusable(program.source() + " declares no class"));
    var name = (packageName(unit).isEmpty() ? "" : packageName(unit) + ".") + first.getSimpleName();
    var path = new TreePath(new TreePath(unit), first);
    if (!(Trees.instance(task).getElement(path) instanceof TypeElement type)
        || !hasMain(task, type)) {
      throw CommandFailure.unusable(
          program.source() + ": its first class, " + name + ", has no main method");
    }
    return name;
  }

  private static boolean hasMain(JavacTask task, TypeElement type) {
    return ElementFilter.methodsIn(task.getElements().getAllMembers(type)).stream()
        .anyMatch(ProgramCompiler::isMain);
  }

  private static boolean isMain(ExecutableElement method) {
    return method.getSimpleName().contentEquals("main")
        && !method.getModifiers().contains(Modifier.PRIVATE)
        && method.getReturnType().getKind() == TypeKind.VOID
        && method.getParameters().size() <= 1;
  }

  private void report(Diagnostic<? extends JavaFileObject> diagnostic) {
    if (diagnostic.getKind() == Diagnostic.Kind.ERROR) {
      errors++;
    }
    err.println(diagnostic);
  }

  private void requireNoErrors() throws CommandFailure {
    if (errors > 0) {
      throw CommandFailure.unusable(
          program.source()
              + " does not compile: "
              + (errors == 1 ? "1 error" : errors + " errors"));
    }
  }
}
