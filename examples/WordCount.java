import module dev.selvedge;

/// Counts the words of many files, by default those of the JDK's own sources, on a pool of your
/// choice.
///
/// A word is a maximal run of `[A-Za-z_$][A-Za-z0-9_$]*`. Try `--help`, and `--pool threads:2`
/// against `--pool virtual`: the pool is the one thing that changes.
static final String USAGE =
    """
    Usage: WordCount [--pool NAME] [--json] [FILE|FOLDER|ZIP]...
    Counts words; without arguments those of every .java file in the JDK's lib/src.zip.

      --pool NAME   where to count: virtual (default), threads:N, or any other pool there is
      --json        print {"files":…,"words":…,"top":[{"word":…,"count":…},…],"elapsedMillis":…,"pool":…}
      --help        print this

    Of a folder or zip the .java files are counted, or all files if there is none.
    """;

static final int TOP = 20;

/// A file, or an entry of a zip. Nothing but names, so that it can travel to another process.
record Source(Path file, String entry) implements Serializable {}

record Options(String pool, boolean json, List<Path> paths) {}

/// Wrong usage or unreadable input: one line, and exit code 2.
static class Unusable extends Exception {
  Unusable(String message) {
    super(message);
  }
}

void main(String[] args) throws Exception {
  try {
    if (List.of(args).contains("--help")) {
      IO.print(USAGE);
    } else {
      run(parse(args));
    }
  } catch (Unusable | IllegalArgumentException e) {
    System.err.println("WordCount: " + e.getMessage());
    System.exit(2);
  }
}

static Options parse(String[] args) throws Unusable {
  String pool = "virtual";
  boolean json = false;
  List<Path> paths = new ArrayList<>();
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--json" -> json = true;
      case "--pool" -> {
        if (++i == args.length) {
          throw new Unusable("--pool needs a name, as in --pool threads:2");
        }
        pool = args[i];
      }
      case String option when option.startsWith("--pool=") ->
          pool = option.substring("--pool=".length());
      case String option when option.startsWith("-") ->
          throw new Unusable("unknown option " + option + "; see --help");
      case String path -> paths.add(Path.of(path));
    }
  }
  return new Options(pool, json, paths);
}

static void run(Options options) throws Exception {
  long start = System.nanoTime();
  try (Pool pool = Pool.named(options.pool())) {
    List<Source> sources = sources(options.paths());
    Map<String, Long> counts = count(pool, sources);
    long millis = (System.nanoTime() - start) / 1_000_000;
    report(options, sources.size(), counts, millis, pool.name());
  }
}

/// The program's heart: one function over many inputs, and a loop that merges.
static Map<String, Long> count(Pool pool, List<Source> sources)
    throws InterruptedException, TaskFailedException, Unusable {
  Map<String, Long> counts = new HashMap<>();
  try (Progress progress = Progress.of(sources.size(), "files");
      Results<Map<String, Integer>> results = pool.map(sources, source -> countWords(source))) {
    while (results.hasNext()) {
      results.next().forEach((word, n) -> counts.merge(word, (long) n, Long::sum));
      progress.step();
    }
  } catch (TaskFailedException e) {
    if (e.getCause() instanceof IOException unreadable) {
      throw new Unusable(unreadable.getMessage());
    }
    throw e;
  }
  return counts;
}

static Map<String, Integer> countWords(Source source) throws IOException {
  byte[] text = read(source);
  Map<String, Integer> counts = new HashMap<>();
  for (int i = 0; i < text.length; i++) {
    if (startsWord(text[i])) {
      int from = i;
      do {
        i++;
      } while (i < text.length && (startsWord(text[i]) || text[i] >= '0' && text[i] <= '9'));
      counts.merge(new String(text, from, i - from, StandardCharsets.ISO_8859_1), 1, Integer::sum);
    }
  }
  return counts;
}

static boolean startsWord(byte c) {
  return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$';
}

/// Zips that are open in this process, since one may have thousands of entries to read.
static final Map<Path, ZipFile> ZIPS = new ConcurrentHashMap<>();

static byte[] read(Source source) throws IOException {
  try {
    if (source.entry().isEmpty()) {
      return Files.readAllBytes(source.file());
    }
    ZipFile zip = openZip(source.file());
    try (InputStream in = zip.getInputStream(zip.getEntry(source.entry()))) {
      return in.readAllBytes();
    }
  } catch (IOException e) {
    String name = source.file() + (source.entry().isEmpty() ? "" : "!" + source.entry());
    throw new IOException(unreadable(name, e), e);
  }
}

/// One line about a failure to read: the file, which may lie below `name`, and the reason.
static String unreadable(String name, IOException e) {
  return switch (e) {
    case NoSuchFileException missing ->
        "cannot read " + missing.getFile() + ": there is no such file or folder";
    case AccessDeniedException denied -> "cannot read " + denied.getFile() + ": permission denied";
    default -> "cannot read " + name + ": " + e.getMessage();
  };
}

static ZipFile openZip(Path file) throws IOException {
  try {
    return ZIPS.computeIfAbsent(
        file,
        path -> {
          try {
            return new ZipFile(path.toFile());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  } catch (UncheckedIOException e) {
    throw e.getCause();
  }
}

static List<Source> sources(List<Path> paths) throws Unusable {
  List<Source> sources = new ArrayList<>();
  for (Path path : paths.isEmpty() ? List.of(jdkSources()) : paths) {
    try {
      sources.addAll(sourcesIn(path));
    } catch (IOException e) {
      throw new Unusable(unreadable(path.toString(), e));
    }
  }
  return sources;
}

static Path jdkSources() throws Unusable {
  Path zip = Path.of(System.getProperty("java.home"), "lib", "src.zip");
  if (!Files.isReadable(zip)) {
    throw new Unusable("this JDK has no " + zip + "; name files, folders or zips to count");
  }
  return zip;
}

static List<Source> sourcesIn(Path path) throws IOException {
  if (Files.isDirectory(path)) {
    return javaIfAny(filesIn(path).stream().map(file -> new Source(file, "")).toList());
  }
  path.getFileSystem().provider().checkAccess(path, AccessMode.READ);
  if (path.toString().endsWith(".zip") || path.toString().endsWith(".jar")) {
    return javaIfAny(
        openZip(path).stream()
            .filter(entry -> !entry.isDirectory())
            .map(entry -> new Source(path, entry.getName()))
            .toList());
  }
  return List.of(new Source(path, ""));
}

static List<Path> filesIn(Path folder) throws IOException {
  try (Stream<Path> files = Files.walk(folder)) {
    return files.filter(Files::isRegularFile).sorted().toList();
  } catch (UncheckedIOException e) {
    throw e.getCause();
  }
}

static List<Source> javaIfAny(List<Source> all) {
  List<Source> java =
      all.stream()
          .filter(s -> (s.entry().isEmpty() ? s.file().toString() : s.entry()).endsWith(".java"))
          .toList();
  return java.isEmpty() ? all : java;
}

static void report(Options options, int files, Map<String, Long> counts, long millis, String pool) {
  long words = counts.values().stream().mapToLong(Long::longValue).sum();
  List<Map.Entry<String, Long>> top =
      counts.entrySet().stream()
          .sorted(
              Map.Entry.<String, Long>comparingByValue()
                  .reversed()
                  .thenComparing(Map.Entry.comparingByKey()))
          .limit(TOP)
          .toList();
  if (options.json()) {
    String tops =
        top.stream()
            .map(e -> "{\"word\":\"" + e.getKey() + "\",\"count\":" + e.getValue() + "}")
            .collect(Collectors.joining(","));
    IO.println(
        "{\"files\":%d,\"words\":%d,\"top\":[%s],\"elapsedMillis\":%d,\"pool\":\"%s\"}"
            .formatted(files, words, tops, millis, pool));
    return;
  }
  top.forEach(e -> IO.println("%,12d  %s".formatted(e.getValue(), e.getKey())));
  IO.println(
      "%,d files, %,d words, %.2f s, pool %s".formatted(files, words, millis / 1000.0, pool));
}
