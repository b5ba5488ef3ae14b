# The whole application: which release am I, and which worker?

# Read once, when the release is loaded: what a worker answers is what it runs, whatever `current` points to by now.
revision = File.read('REVISION').strip

run lambda { |env|
  headers = { 'Content-Type' => 'text/plain', 'X-Revision' => revision, 'X-Worker' => Process.pid.to_s }
  text = "revision #{revision}, worker #{Process.pid}\n"

  case env['PATH_INFO']
  when '/ping'
    text = "pong\n"
  when '/slow'
    sleep Integer(Rack::Utils.parse_query(env['QUERY_STRING']).fetch('ms', '1000')) / 1000.0
  end

  [200, headers.merge('Content-Length' => text.bytesize.to_s), [text]]
}
