document.title = 'Saccade';
