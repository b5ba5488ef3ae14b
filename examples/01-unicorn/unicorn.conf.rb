# Through the link, not to where it points today: a master started by USR2 reads this file again and lands in the
# release that `current` means by then.
app = ENV.fetch('APP', '/app/current')
working_directory app

listen ENV.fetch('LISTEN', '127.0.0.1:8000'), backlog: 1024
worker_processes Integer(ENV.fetch('WORKERS', '2'))
timeout 60

# borginit finds the new master by its parent and needs no pid file; other tools may want one. It must not live in a
# release, or the next release would not know of it.
pid ENV['PID_FILE'] if ENV['PID_FILE']

# Loads the application once, before the workers are forked: less memory, and a release that raises ends its new
# master at once. What holds a connection must then be closed in before_fork and opened in after_fork.
preload_app ENV['PRELOAD'] == '1'

# The new master inherits this one's environment, and with it the Gemfile of the release that it is about to leave.
before_exec do |_server|
  ENV['BUNDLE_GEMFILE'] = File.join(app, 'Gemfile') if ENV.key?('BUNDLE_GEMFILE')
end
