import module dev.selvedge;
import module dev.selvedge.process;

/// Counts the words of a thousand files, three of which are poisoned: one makes a regular
/// expression run for ever, one fills the heap, one crashes the JVM natively.
///
/// On threads the program hangs or dies. On `--pool processes:2`, the default, it prints 997
/// results and names the three culprits. Try `--pool threads:2` if you dare (Ctrl-C ends it).
static final String USAGE =
    """
    Usage: Poisoned [--pool NAME] [--limit SECONDS]
    Counts the words of 1,000 files of the JDK's sources, three of them poisoned.

      --pool NAME       processes:N (default processes:2), threads:N or virtual
      --limit SECONDS   what one file may take; 3 by default
    """;

static final int FILES = 1_000;

/// Few, as the limit counts from the submission: who waits behind a culprit shall not be one.
static final int IN_FLIGHT = 4;

enum Poison {
  NONE,
  REGEX,
  HEAP,
  CRASH
}

record Source(String name, Poison poison) {}

record Options(String pool, Duration limit) {}

void main(String[] args) throws Exception {
  Options options;
  try {
    options = parse(args);
  } catch (IllegalArgumentException e) {
    System.err.println("Poisoned: " + e.getMessage());
    System.exit(2);
    return;
  }
  if (options == null) {
    IO.print(USAGE);
    return;
  }
  try (Pool pool = open(options.pool())) {
    count(pool, options.limit());
  }
}

static Options parse(String[] args) {
  String pool = "processes:2";
  Duration limit = Duration.ofSeconds(3);
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--help" -> {
        return null;
      }
      case "--pool" -> pool = value(args, ++i);
      case "--limit" -> limit = Duration.ofSeconds(Long.parseLong(value(args, ++i)));
      default -> throw new IllegalArgumentException("unknown option " + args[i] + "; see --help");
    }
  }
  return new Options(pool, limit);
}

static String value(String[] args, int at) {
  if (at == args.length) {
    throw new IllegalArgumentException(args[at - 1] + " needs a value; see --help");
  }
  return args[at];
}

/// A small heap, so that filling it takes a moment only.
static Pool open(String name) {
  return name.startsWith("processes:")
      ? ProcessPool.of(
          Integer.parseInt(name.substring("processes:".length())),
          options -> options.heap("128m").grace(Duration.ofMillis(200)))
      : Pool.named(name);
}

static void count(Pool pool, Duration limit) throws Exception {
  Map<String, Long> words = new ConcurrentHashMap<>();
  Map<String, String> culprits = new ConcurrentHashMap<>();
  try (Progress progress = Progress.of(FILES, "files")) {
    TaskGroup.run(
        options -> options.limit(IN_FLIGHT),
        group ->
            group
                .map(sources(), source -> tried(pool, source, limit, words, culprits))
                .forEach(ignored -> progress.step()));
  }
  long total = words.values().stream().mapToLong(Long::longValue).sum();
  IO.println("%,d results, %,d words".formatted(words.size(), total));
  new TreeMap<>(culprits).forEach((name, why) -> IO.println("culprit " + name + ": " + why));
}

static boolean tried(
    Pool pool, Source source, Duration limit, Map<String, Long> words, Map<String, String> culprits)
    throws Exception {
  try {
    words.put(
        source.name(),
        Deadline.within(limit, () -> pool.submit(source.name(), () -> words(source)).await()));
  } catch (DeadlineExceededException e) {
    culprits.put(source.name(), "took more than " + limit.toSeconds() + " s, and was killed");
  } catch (TaskFailedException e) {
    Throwable why = e.getCause();
    culprits.put(
        source.name(),
        why instanceof WorkerLostException lost
            ? "its worker ended by " + lost.exit()
            : why.toString());
  }
  return true;
}

// ---- the files --------------------------------------------------------------------------------

static List<Source> sources() throws IOException {
  try (var zip = new ZipFile(zip().toFile())) {
    List<String> names =
        zip.stream()
            .map(ZipEntry::getName)
            .filter(name -> name.endsWith(".java"))
            .sorted()
            .limit(FILES)
            .toList();
    List<Source> sources = new ArrayList<>();
    for (String name : names) {
      sources.add(
          new Source(
              name,
              switch (sources.size()) {
                case 111 -> Poison.REGEX;
                case 333 -> Poison.HEAP;
                case 555 -> Poison.CRASH;
                default -> Poison.NONE;
              }));
    }
    return sources;
  }
}

static Path zip() throws IOException {
  Path zip = Path.of(System.getProperty("java.home"), "lib", "src.zip");
  if (!Files.isReadable(zip)) {
    throw new IOException("the JDK's sources are not there: " + zip + "; install them");
  }
  return zip;
}

// ---- the work ---------------------------------------------------------------------------------

static long words(Source source) throws IOException {
  return switch (source.poison()) {
    case NONE -> count(source.name());
    case REGEX -> "a".repeat(64).concat("!").matches("(a+)+\\1?b") ? 1 : 0;
    case HEAP -> fill();
    case CRASH -> crash();
  };
}

static long count(String name) throws IOException {
  try (var zip = new ZipFile(zip().toFile());
      var in = zip.getInputStream(zip.getEntry(name))) {
    var text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    return Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]*").matcher(text).results().count();
  }
}

static long fill() {
  List<long[]> kept = new ArrayList<>();
  while (true) {
    kept.add(new long[1 << 20]);
  }
}

/// Writes to address 8, as native code with a bad pointer does.
@SuppressWarnings("restricted")
static long crash() {
  MemorySegment.ofAddress(8).reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 1);
  return 0;
}
