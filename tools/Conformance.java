import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewArrayTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/// Makes `docs/conformance.md` from what is to be proved and from the tests that prove it, or
/// checks that the page is what it would make.
///
/// `java tools/Conformance.java check|write ROOT`
///
/// What is to be proved is in `docs/conformance/rows.tsv`: id, area, behaviour, note. A row without
/// a note needs a test that names it, in `@Tag("QUEUE-03")` or, for jcstress, at the beginning of
/// `@Description("QUEUE-03 …")`, or an answer in `docs/conformance/answers.tsv`: id, reason. A test
/// that is disabled, that only the long verification runs, or that no concrete class has or
/// inherits, proves nothing.
final class Conformance {
  /// Groups of rows that belong to a part of Selvedge which does not exist yet, and what it is.
  /// Only their rows may be noted "not yet"; who builds the part takes its line away.
  private static final Map<String, String> NOT_YET = Map.of("PPE", "worker processes");

  private static final String COMMAND = "mvn -q -N -Pconformance validate";

  private static final Pattern ID = Pattern.compile("[A-Z]+-[0-9]{2,}");
  private static final Pattern LEADING_IDS = Pattern.compile("^(?:[A-Z]+-[0-9]{2,}[ ,:]*)+");
  private static final Pattern HEADER =
      Pattern.compile("(?m)^ *(?:(?:\\w|-)+ +)*(?:class|interface) +(\\w+)\\b[^{;]*\\{");
  private static final Set<String> TESTS =
      Set.of(
          "Test",
          "ParameterizedTest",
          "RepeatedTest",
          "TestFactory",
          "TestTemplate",
          "JCStressTest");

  private record Row(String id, String area, String behaviour, String note) {
    boolean isNotApplicable() {
      return note.startsWith("n/a: ");
    }

    boolean isNotYet() {
      return note.startsWith("not yet: ");
    }

    String group() {
      return id.substring(0, id.indexOf('-'));
    }
  }

  /// A test that names rows.
  private record Proof(String name, Path file, boolean isLong) {}

  private final Path root;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Map<String, String> answers = new TreeMap<>();
  private final Map<String, List<Proof>> proofs = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  private Conformance(Path root) {
    this.root = root;
  }

  public static void main(String[] args) throws IOException {
    System.exit(run(args[0], Path.of(args[1]).toRealPath(), System.err));
  }

  /// Checks or writes the page of the repository at `root`.
  ///
  /// @return 0, or 1 if the check found problems; those that writing the page does not solve are on
  ///   `err` in either case
  static int run(String mode, Path root, PrintStream err) throws IOException {
    var conformance = new Conformance(root);
    conformance.readRows();
    conformance.readAnswers();
    conformance.readTests();
    conformance.checkRows();
    var page = root.resolve("docs/conformance.md");
    var text = conformance.page();
    if (mode.equals("write")) {
      Files.writeString(page, text);
    } else if (!Files.exists(page) || !Files.readString(page).equals(text)) {
      conformance.problems.add("docs/conformance.md is not what the tests say: run " + COMMAND);
    }
    conformance.problems.forEach(err::println);
    return mode.equals("write") || conformance.problems.isEmpty() ? 0 : 1;
  }

  // ---- what is to be proved -------------------------------------------------------------------

  private void readRows() throws IOException {
    for (String[] cells : table("rows.tsv", 4)) {
      var row = new Row(cells[0], cells[1], cells[2], cells[3]);
      if (!ID.matcher(row.id).matches() || row.area.isBlank() || row.behaviour.isBlank()) {
        problems.add("rows.tsv: '" + row.id + "' needs an id, an area and a behaviour");
      } else if (rows.put(row.id, row) != null) {
        problems.add("rows.tsv: " + row.id + " is there twice");
      }
    }
  }

  private void readAnswers() throws IOException {
    for (String[] cells : table("answers.tsv", 2)) {
      if (cells[1].isBlank()) {
        problems.add("answers.tsv: " + cells[0] + " has no reason");
      } else if (answers.put(cells[0], cells[1]) != null) {
        problems.add("answers.tsv: " + cells[0] + " is there twice");
      }
    }
  }

  /// Lines of cells that are separated by tabs; those that begin with # say something to people.
  private List<String[]> table(String name, int columns) throws IOException {
    var cells = new ArrayList<String[]>();
    for (String line : Files.readAllLines(root.resolve("docs/conformance").resolve(name))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        var split = line.split("\t", -1);
        if (split.length > columns) {
          problems.add(name + ": more than " + columns + " cells in: " + line);
        }
        var padded = Arrays.copyOf(split, columns);
        Arrays.setAll(padded, i -> padded[i] == null ? "" : padded[i].strip());
        cells.add(padded);
      }
    }
    return cells;
  }

  private void checkRows() {
    proofs.keySet().stream()
        .filter(id -> !rows.containsKey(id))
        .forEach(id -> problems.add(names(id) + " names " + id + ", which is not in rows.tsv"));
    answers.keySet().stream()
        .filter(id -> !rows.containsKey(id))
        .forEach(id -> problems.add("answers.tsv: " + id + " is not in rows.tsv"));
    rows.values().forEach(this::check);
  }

  private void check(Row row) {
    var settled = answers.containsKey(row.id) || !proofs(row.id).isEmpty();
    if (row.note.isEmpty()) {
      if (!answers.containsKey(row.id) && proofs(row.id).stream().allMatch(Proof::isLong)) {
        problems.add(row.id + " is neither proved by a test nor answered: " + row.behaviour);
      }
    } else if (!row.isNotApplicable() && !row.isNotYet()) {
      problems.add("rows.tsv: the note of " + row.id + " begins neither n/a: nor not yet:");
    } else if (settled) {
      problems.add("rows.tsv: " + row.id + " is proved or answered; take its note away");
    } else if (row.isNotYet()
        && !row.note.equals("not yet: " + NOT_YET.getOrDefault(row.group(), ""))) {
      problems.add("rows.tsv: the rows of " + row.group() + " may not wait: prove " + row.id);
    }
  }

  private List<Proof> proofs(String id) {
    return proofs.getOrDefault(id, List.of());
  }

  private String names(String id) {
    return proofs(id).stream().map(Proof::name).collect(Collectors.joining(", "));
  }

  // ---- the tests ------------------------------------------------------------------------------

  private void readTests() throws IOException {
    Map<Path, String> sources = sources();
    Map<String, String> headers = headers(sources.values());
    for (var source : sources.entrySet()) {
      if (ID.matcher(source.getValue()).find()) {
        readTests(source.getKey(), headers);
      }
    }
    proofs.values().forEach(found -> found.sort((a, b) -> a.name.compareTo(b.name)));
  }

  /// The texts of all sources of all modules; contract tests are among those of `main`.
  private Map<Path, String> sources() throws IOException {
    Map<Path, String> sources = new TreeMap<>();
    try (var modules = Files.list(root)) {
      for (Path folder : modules.map(module -> module.resolve("src")).toList()) {
        if (Files.isDirectory(folder)) {
          try (Stream<Path> files = Files.walk(folder)) {
            files
                .filter(file -> file.toString().endsWith(".java"))
                .forEach(file -> sources.put(file, read(file)));
          }
        }
      }
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void readTests(Path file, Map<String, String> headers) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var task =
          (JavacTask)
              compiler.getTask(null, files, null, null, null, files.getJavaFileObjects(file));
      for (var unit : task.parse()) {
        unit.accept(new Tests(root.relativize(file), headers), null);
      }
    }
  }

  /// Finds the tests of one file that name rows.
  private final class Tests extends TreeScanner<Void, Void> {
    private final Path file;
    private final Map<String, String> headers;
    private final Deque<ClassTree> classes = new ArrayDeque<>();

    Tests(Path file, Map<String, String> headers) {
      this.file = file;
      this.headers = headers;
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      classes.addLast(type);
      add(type.getModifiers(), "", hasTests(type));
      super.visitClass(type, nothing);
      classes.removeLast();
      return null;
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      add(method.getModifiers(), "." + method.getName(), isTest(method.getModifiers()));
      return super.visitMethod(method, nothing);
    }

    private void add(ModifiersTree modifiers, String suffix, boolean isTest) {
      var ids = ids(modifiers);
      if (ids.isEmpty()) {
        return;
      }
      var name =
          classes.stream().map(type -> type.getSimpleName()).collect(Collectors.joining("."))
              + suffix;
      if (!isTest) {
        problems.add(name + " names " + ids + " and is not a test");
      } else if (isDisabled(modifiers)) {
        problems.add(name + " names " + ids + " and is disabled");
      } else if (neverRuns()) {
        problems.add(
            name + " names " + ids + ", and its class is abstract and nothing concrete extends it");
      } else {
        var proof = new Proof(name, file, isLong(modifiers));
        ids.forEach(id -> proofs.computeIfAbsent(id, first -> new ArrayList<>()).add(proof));
      }
    }

    private boolean isDisabled(ModifiersTree modifiers) {
      return Stream.concat(Stream.of(modifiers), classes.stream().map(ClassTree::getModifiers))
          .flatMap(m -> m.getAnnotations().stream())
          .anyMatch(annotation -> name(annotation).startsWith("Disabled"));
    }

    private boolean isLong(ModifiersTree modifiers) {
      return Stream.concat(Stream.of(modifiers), classes.stream().map(ClassTree::getModifiers))
          .anyMatch(m -> tags(m).contains("long"));
    }

    private boolean neverRuns() {
      return classes.stream().anyMatch(type -> !runs(type.getSimpleName().toString(), headers));
    }
  }

  /// {@return whether a type has instances of its own, or another one that has them inherits from
  /// it}
  private static boolean runs(String type, Map<String, String> headers) {
    var header = headers.getOrDefault(type, "");
    if (!header.contains("abstract ") && !header.contains("interface ")) {
      return true;
    }
    var inherits =
        Pattern.compile("\\b(extends|implements)\\b.*\\b" + type + "\\b", Pattern.DOTALL);
    return headers.entrySet().stream()
        .filter(other -> inherits.matcher(other.getValue()).find())
        .anyMatch(other -> runs(other.getKey(), headers));
  }

  /// What stands between the modifiers of each type and its body, by the type's simple name.
  private static Map<String, String> headers(Iterable<String> texts) {
    Map<String, String> headers = new TreeMap<>();
    for (String text : texts) {
      HEADER.matcher(text).results().forEach(found -> headers.put(found.group(1), found.group()));
    }
    return headers;
  }

  private static boolean hasTests(ClassTree type) {
    return isTest(type.getModifiers())
        || type.getMembers().stream()
            .anyMatch(member -> member instanceof MethodTree m && isTest(m.getModifiers()));
  }

  private static boolean isTest(ModifiersTree modifiers) {
    return modifiers.getAnnotations().stream().anyMatch(a -> TESTS.contains(name(a)));
  }

  private static Set<String> ids(ModifiersTree modifiers) {
    Set<String> ids = new TreeSet<>();
    tags(modifiers).stream().filter(tag -> ID.matcher(tag).matches()).forEach(ids::add);
    for (AnnotationTree annotation : modifiers.getAnnotations()) {
      if (name(annotation).equals("Description")) {
        var leading = LEADING_IDS.matcher(text(annotation));
        if (leading.find()) {
          ID.matcher(leading.group()).results().forEach(id -> ids.add(id.group()));
        }
      }
    }
    return ids;
  }

  private static Set<String> tags(ModifiersTree modifiers) {
    Set<String> tags = new TreeSet<>();
    for (AnnotationTree annotation : modifiers.getAnnotations()) {
      if (name(annotation).equals("Tag")) {
        tags.add(text(annotation));
      } else if (name(annotation).equals("Tags")
          && value(annotation).orElse(null) instanceof NewArrayTree several) {
        several.getInitializers().forEach(tag -> tags.add(text((AnnotationTree) tag)));
      }
    }
    return tags;
  }

  private static String name(AnnotationTree annotation) {
    var type = annotation.getAnnotationType();
    return type instanceof MemberSelectTree select
        ? select.getIdentifier().toString()
        : type.toString();
  }

  private static Optional<ExpressionTree> value(AnnotationTree annotation) {
    return annotation.getArguments().stream()
        .filter(argument -> argument instanceof AssignmentTree)
        .map(argument -> ((AssignmentTree) argument).getExpression())
        .map(expression -> (ExpressionTree) expression)
        .findFirst()
        .or(() -> annotation.getArguments().stream().map(a -> (ExpressionTree) a).findFirst());
  }

  private static String text(AnnotationTree annotation) {
    return value(annotation).map(Conformance::text).orElse("");
  }

  private static String text(Tree expression) {
    return switch (expression) {
      case LiteralTree literal -> String.valueOf(literal.getValue());
      case BinaryTree sum -> text(sum.getLeftOperand()) + text(sum.getRightOperand());
      default -> "";
    };
  }

  // ---- the page -------------------------------------------------------------------------------

  private String page() {
    var page = new StringBuilder();
    page.append(
        """
        # Conformance

        <!-- Made by tools/Conformance.java from docs/conformance/*.tsv and the tests. To make it again:
             %s -->

        What Python's concurrency stack does, as facts to test against, and what Selvedge makes of each:
        a test proves it, or an answer says why Java users get something else. Tests name the rows that
        they prove (`@Tag("QUEUE-03")`; jcstress tests in their description), and this page is made from
        them by `%s`. The build fails if the page is not what the tests say, if a row
        has neither proof nor answer, or if a test that names a row is disabled.

        """
            .formatted(COMMAND, COMMAND));
    page.append(
        "%d rows: %d proved by tests, %d answered, %d that do not apply to Java, %d not yet.%n"
            .formatted(
                rows.size(),
                count(row -> proved(row) && !answers.containsKey(row.id)),
                count(row -> answers.containsKey(row.id)),
                count(Row::isNotApplicable),
                count(Row::isNotYet)));
    String area = "";
    for (Row row : rows.values()) {
      if (!row.area.equals(area)) {
        area = row.area;
        page.append(
            "\n## %s\n\n| id | behaviour | proof or answer |\n|---|---|---|\n".formatted(area));
      }
      page.append("| %s | %s | %s |\n".formatted(row.id, cell(row.behaviour), settlement(row)));
    }
    return page.toString().replace(System.lineSeparator(), "\n");
  }

  private long count(java.util.function.Predicate<Row> which) {
    return rows.values().stream().filter(which).count();
  }

  private boolean proved(Row row) {
    return !proofs(row.id).isEmpty();
  }

  private String settlement(Row row) {
    if (row.isNotApplicable()) {
      return "does not apply: " + cell(row.note.substring("n/a: ".length()));
    }
    if (row.isNotYet()) {
      return "**" + cell(row.note) + "**";
    }
    var parts = new ArrayList<String>();
    if (answers.containsKey(row.id)) {
      parts.add("answer: " + cell(answers.get(row.id)));
    }
    if (proved(row)) {
      parts.add(proofs(row.id).stream().map(Conformance::link).collect(Collectors.joining(", ")));
    }
    return parts.isEmpty() ? "**missing**" : String.join("<br>", parts);
  }

  private static String link(Proof proof) {
    return "[`%s`](../%s)%s"
        .formatted(
            proof.name,
            proof.file.toString().replace('\\', '/'),
            proof.isLong ? " (in the long verification)" : "");
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
